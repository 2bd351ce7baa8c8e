package io.millrace.ground.spec;

import io.millrace.ground.file.FileException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.Node;

/** Reads YAML into nodes that know their lines. Nothing in it can name a Java class. */
final class Yaml {
  private static final int LARGEST = 1_000_000;

  private Yaml() {}

  static String textOf(Path file) {
    try {
      if (Files.size(file) > LARGEST) {
        throw new SpecException("large", file, LARGEST);
      }
      byte[] bytes = Files.readAllBytes(file);
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw new SpecException("binary", file);
    } catch (IOException e) {
      throw FileException.reading(file, e);
    }
  }

  static Node compose(String text, String place) {
    LoadSettings settings =
        LoadSettings.builder()
            .setLabel(place)
            .setAllowDuplicateKeys(false)
            .setAllowRecursiveKeys(false)
            .setCodePointLimit(LARGEST)
            .setMaxAliasesForCollections(20)
            .build();
    try {
      return new Compose(settings)
          .composeString(text)
          .orElseThrow(() -> new SpecException("empty", place));
    } catch (MarkedYamlEngineException e) {
      int line = e.getProblemMark().map(mark -> mark.getLine() + 1).orElse(1);
      throw new SpecException("yaml", place, line, e.getProblem());
    } catch (StackOverflowError e) {
      // The composer recurses without a limit of its own.
      throw new SpecException("bomb", place, 1);
    } catch (YamlEngineException e) {
      String message = String.valueOf(e.getMessage());
      throw new SpecException("yaml", place, 1, message.lines().findFirst().orElse(""));
    }
  }
}
