package io.millrace.server;

import io.javalin.http.Context;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Until there is an administrator: loopback only, no key, and no way in through somebody's browser.
 * The Host header must name this machine (no DNS rebinding), and a page of another origin is
 * refused (no cross-site requests).
 */
final class LocalMode {
  private LocalMode() {}

  /** Refuses a bind address that others could reach. */
  static void checkBind(String host) {
    try {
      if (InetAddress.getByName(host).isLoopbackAddress()) {
        return;
      }
    } catch (UnknownHostException e) {
      throw new ServerException(500, "host.unknown", host);
    }
    throw new ServerException(500, "host.local", host);
  }

  static void check(Context ctx) {
    String host = ctx.header("Host");
    if (host == null || !isLocal(host)) {
      throw new ServerException(403, "local.host", host == null ? "" : host);
    }
    String origin = ctx.header("Origin");
    if (origin != null && !isSameOrigin(origin, host)) {
      throw new ServerException(403, "local.origin", origin);
    }
    String site = ctx.header("Sec-Fetch-Site");
    boolean navigation = "navigate".equals(ctx.header("Sec-Fetch-Mode"));
    if ("cross-site".equals(site) && !(navigation && ctx.req().getMethod().equals("GET"))) {
      throw new ServerException(403, "local.origin", site);
    }
  }

  private static boolean isLocal(String host) {
    String name = host.toLowerCase(Locale.ROOT).replaceFirst(":\\d{1,5}$", "");
    return name.equals("localhost") || name.equals("[::1]") || name.matches("127(\\.\\d{1,3}){3}");
  }

  private static boolean isSameOrigin(String origin, String host) {
    @Nullable String authority;
    try {
      authority = URI.create(origin).getRawAuthority();
    } catch (IllegalArgumentException e) {
      return false;
    }
    return host.equalsIgnoreCase(authority);
  }
}
