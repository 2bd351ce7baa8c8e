package io.millrace.model.folder;

import io.millrace.ground.file.AtomicFile;
import io.millrace.ground.file.FileException;
import io.millrace.ground.json.Json;
import io.millrace.ground.spec.Default;
import io.millrace.ground.spec.SpecReader;
import io.millrace.ground.spec.SpecWriter;
import io.millrace.model.ModelException;
import io.millrace.model.Provenance;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The papers that travel with a language model or an adapter: {@code millrace.yaml}, {@code
 * provenance.json} and {@code card.md} beside the files of a Hugging Face folder, which other tools
 * open as before.
 *
 * @param card Markdown for people
 */
public record LanguagePackage(Manifest manifest, Provenance provenance, String card) {
  private static final String MANIFEST = "millrace.yaml";
  private static final String PROVENANCE = "provenance.json";
  private static final String CARD = "card.md";

  /**
   * What the folder holds.
   *
   * @param format the format's version
   * @param name the model's name
   * @param kind whole weights, or what an adapter changes
   * @param task what it was trained for, for example {@code write} or {@code classify}
   * @param base the name of the folder that training began with; absent: none
   */
  public record Manifest(
      @Default("1") int format, String name, Kind kind, String task, @Nullable String base) {}

  /** What the weights are. */
  public enum Kind {
    /** A whole model. */
    LANGUAGE,
    /** A LoRA adapter. */
    ADAPTER
  }

  /**
   * Reads the papers; needs no engine.
   *
   * @return absent where the folder has none
   * @throws ModelException if they are of a later format
   */
  public static @Nullable LanguagePackage read(Path folder) {
    if (!Files.exists(folder.resolve(MANIFEST))) {
      return null;
    }
    Manifest manifest = SpecReader.read(folder.resolve(MANIFEST), Manifest.class, List.of());
    if (manifest.format() != 1) {
      throw new ModelException("package.format", folder, manifest.format());
    }
    Path card = folder.resolve(CARD);
    try {
      return new LanguagePackage(
          manifest,
          Json.read(folder.resolve(PROVENANCE), Provenance.class),
          Files.readString(card));
    } catch (IOException e) {
      throw FileException.reading(card, e);
    }
  }

  /** Writes the papers beside the folder's other files. */
  public void write(Path folder) {
    AtomicFile.write(folder.resolve(CARD), card);
    Json.write(folder.resolve(PROVENANCE), provenance);
    // Last: where it is, the others are.
    AtomicFile.write(folder.resolve(MANIFEST), SpecWriter.yaml(manifest));
  }
}
