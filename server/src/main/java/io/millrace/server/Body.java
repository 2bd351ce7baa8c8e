package io.millrace.server;

import io.javalin.http.Context;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/** Reads a request's body, up to a limit, whatever its length header claims. */
final class Body {
  /** About 200,000 digits in JSON. */
  static final int LARGEST = 64 << 20;

  private Body() {}

  static byte[] read(Context ctx) {
    long announced = ctx.req().getContentLengthLong();
    if (announced > LARGEST) {
      throw tooLarge(ctx);
    }
    try (InputStream in = ctx.req().getInputStream()) {
      byte[] bytes = new byte[announced > 0 ? (int) announced : 1 << 14];
      int filled = 0;
      while (true) {
        if (filled == bytes.length) {
          int next = in.read();
          if (next < 0) {
            return bytes;
          }
          if (filled >= LARGEST) {
            throw tooLarge(ctx);
          }
          bytes = Arrays.copyOf(bytes, Math.min(LARGEST, bytes.length * 2));
          bytes[filled++] = (byte) next;
          continue;
        }
        int read = in.read(bytes, filled, bytes.length - filled);
        if (read < 0) {
          return Arrays.copyOf(bytes, filled);
        }
        filled += read;
      }
    } catch (IOException e) {
      throw new ServerException(400, "body.broken");
    }
  }

  private static ServerException tooLarge(Context ctx) {
    ctx.header("Connection", "close"); // what is left of the body is not worth reading
    return new ServerException(413, "body.large", LARGEST >> 20);
  }
}
