package io.millrace.model;

import io.millrace.ground.file.AtomicFile;
import io.millrace.ground.file.AtomicFolder;
import io.millrace.ground.file.FileException;
import io.millrace.ground.json.Json;
import io.millrace.ground.spec.SpecReader;
import io.millrace.ground.spec.SpecWriter;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Shape;
import io.millrace.tensor.Tensor;
import io.millrace.tensor.safetensors.SafetensorsFile;
import io.millrace.tensor.safetensors.SafetensorsWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A model on disk, one folder: {@code millrace.yaml} (what it is), {@code model.safetensors}
 * (weights), {@code transforms.json} (the fitted preparation, opaque here), {@code signature.json},
 * {@code provenance.json}, {@code card.md}. Reading it runs no code of its author's.
 *
 * @param transforms JSON that the data room reads
 * @param card Markdown for people
 */
public record ModelPackage(
    Manifest manifest, Signature signature, Provenance provenance, String transforms, String card) {
  private static final String MANIFEST = "millrace.yaml";
  private static final String WEIGHTS = "model.safetensors";
  private static final String TRANSFORMS = "transforms.json";
  private static final String SIGNATURE = "signature.json";
  private static final String PROVENANCE = "provenance.json";
  private static final String CARD = "card.md";

  /** Reads everything but the weights; needs no engine. */
  public static ModelPackage read(Path folder) {
    AtomicFolder.recover(folder);
    if (!Files.isDirectory(folder)) {
      throw FileException.reading(folder, new NoSuchFileException(folder.toString()));
    }
    if (!Files.exists(folder.resolve(MANIFEST))) {
      throw new ModelException("package.manifest", folder);
    }
    Manifest manifest = SpecReader.read(folder.resolve(MANIFEST), Manifest.class, List.of());
    if (manifest.format() != 1) {
      throw new ModelException("package.format", folder, manifest.format());
    }
    return new ModelPackage(
        manifest,
        Json.read(folder.resolve(SIGNATURE), Signature.class),
        Json.read(folder.resolve(PROVENANCE), Provenance.class),
        text(folder.resolve(TRANSFORMS)),
        text(folder.resolve(CARD)));
  }

  /** Builds the network of a package's folder with its weights. */
  public Network network(Path folder) {
    Network network = manifest.model().model().build(Shape.of(manifest.input()), 0);
    try (Scope scope = Scope.open();
        SafetensorsFile file = SafetensorsFile.open(folder.resolve(WEIGHTS))) {
      Map<String, Tensor> weights = new LinkedHashMap<>();
      file.names().forEach(name -> weights.put(name, file.tensor(name)));
      network.load(weights);
      return network;
    } catch (RuntimeException e) {
      network.close();
      throw e;
    }
  }

  /**
   * Writes the package with these weights, replacing the folder: afterwards it is the old or the
   * new.
   */
  public void write(Path folder, Network network) {
    AtomicFolder.write(
        folder,
        target -> {
          AtomicFile.write(target.resolve(MANIFEST), SpecWriter.yaml(manifest));
          SafetensorsWriter.write(target.resolve(WEIGHTS), network.state(), Map.of("format", "pt"));
          AtomicFile.write(target.resolve(TRANSFORMS), transforms);
          Json.write(target.resolve(SIGNATURE), signature);
          Json.write(target.resolve(PROVENANCE), provenance);
          AtomicFile.write(target.resolve(CARD), card);
        });
  }

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw FileException.reading(file, e);
    }
  }
}
