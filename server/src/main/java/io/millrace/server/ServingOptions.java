package io.millrace.server;

import io.millrace.serve.LanguageDeployment;
import java.util.Map;

/**
 * How a server serves its models.
 *
 * @param texts how language models are served
 * @param own how some of them are served, by name
 * @param memory bytes that all models may take together; 0: 85 % of the machine's
 * @param aliases further names, to models
 */
public record ServingOptions(
    LanguageDeployment.Options texts,
    Map<String, LanguageDeployment.Options> own,
    long memory,
    Map<String, String> aliases) {
  /** As stored, always there, with most of the machine's memory. */
  public static final ServingOptions USUAL =
      new ServingOptions(LanguageDeployment.Options.USUAL, Map.of(), 0, Map.of());

  /** Keeps its own copy. */
  public ServingOptions {
    own = Map.copyOf(own);
    aliases = Map.copyOf(aliases);
  }

  LanguageDeployment.Options of(String name) {
    return own.getOrDefault(name, texts);
  }
}
