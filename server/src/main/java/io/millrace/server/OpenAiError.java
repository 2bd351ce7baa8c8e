package io.millrace.server;

import io.millrace.ground.json.Json;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** Errors as OpenAI's clients read them. */
final class OpenAiError {
  private OpenAiError() {}

  /** What stands under {@code error}. */
  static ObjectNode of(int status, String message, @Nullable String code) {
    String type =
        switch (status) {
          case 401, 403 -> "permission_error";
          case 404 -> "not_found_error";
          case 429 -> "rate_limit_error";
          default -> status < 500 ? "invalid_request_error" : "server_error";
        };
    ObjectNode error = Json.object();
    error.put("message", message);
    error.put("type", type);
    error.putNull("param");
    error.put("code", "worker.context".equals(code) ? "context_length_exceeded" : code);
    return error;
  }
}
