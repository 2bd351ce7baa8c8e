package io.millrace.pipeline;

import io.millrace.data.Dataset;
import io.millrace.data.prepare.Preparation;
import io.millrace.data.prepare.Transform;
import io.millrace.data.text.NextPiece;
import io.millrace.data.text.Vocabulary;
import io.millrace.ground.file.FileException;
import io.millrace.ground.file.Hashes;
import io.millrace.pipeline.spec.DataSpec;
import io.millrace.pipeline.spec.SourceSpec;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.zip.GZIPInputStream;

/**
 * A text for a language model; its end is held out.
 *
 * @param cut the first piece that is held out
 */
record LoadedText(String name, Vocabulary vocabulary, int[] ids, int length, int cut)
    implements Loaded {
  /** The text that ships with Millrace: sonnets of Shakespeare, in the public domain. */
  private static final String SHIPPED = "sonnets";

  static LoadedText of(SourceSpec.Text spec, Path base, DataSpec data) {
    String text = spec.file().equals(SHIPPED) ? shipped() : read(base.resolve(spec.file()));
    Vocabulary vocabulary =
        spec.level() == Vocabulary.Level.CHARACTER
            ? Vocabulary.characters(text)
            : Vocabulary.words(List.of(text), spec.size());
    int[] ids = vocabulary.encoder().encode(text);
    return new LoadedText(
        spec.file(), vocabulary, ids, spec.length(), Loaded.cut(ids.length, data.split()));
  }

  private static String shipped() {
    try (InputStream in =
        Objects.requireNonNull(LoadedText.class.getResourceAsStream("sonnets.txt"))) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static String read(Path file) {
    try (InputStream in = new BufferedInputStream(Files.newInputStream(file))) {
      in.mark(2);
      boolean packed = in.read() == 0x1f && in.read() == 0x8b;
      in.reset();
      byte[] bytes = packed ? new GZIPInputStream(in).readAllBytes() : in.readAllBytes();
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw new PipelineException("text.read", file, String.valueOf(e.getMessage()));
    } catch (IOException e) {
      throw FileException.reading(file, e);
    }
  }

  @Override
  public Map<String, String> hashes() {
    return Map.of("text", Hashes.of(Arrays.toString(ids) + vocabulary + length + cut));
  }

  @Override
  public Prepared prepare(List<Transform> transforms) {
    if (!transforms.isEmpty()) {
      throw new io.millrace.data.DataException(
          "rescale.only", transforms.getFirst().getClass().getSimpleName());
    }
    Dataset train = NextPiece.dataset(name, Arrays.copyOf(ids, cut), vocabulary, length);
    Dataset test =
        NextPiece.dataset(name, Arrays.copyOfRange(ids, cut, ids.length), vocabulary, length);
    return new Prepared(new Preparation.OfTokens(vocabulary, length), train, test);
  }
}
