package io.millrace.data.tokenizer;

import io.millrace.data.DataException;
import io.millrace.tensor.Engine;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Loads the Rust library from the class path into Millrace's folder of natives. The loader that
 * comes with it is passed by: it looks for libraries elsewhere and may fetch them.
 */
final class RustLibrary {
  private static @Nullable DataException failure;
  private static boolean loaded;

  private RustLibrary() {}

  static synchronized void load() {
    if (loaded) {
      return;
    }
    if (failure != null) {
      throw failure;
    }
    String platform = platform();
    String name = System.mapLibraryName("tokenizers").replaceFirst("^lib(?=.*\\.dll$)", "");
    try {
      if (platform.startsWith("win")) {
        for (String before :
            new String[] {"libwinpthread-1.dll", "libgcc_s_seh-1.dll", "libstdc++-6.dll"}) {
          System.load(unpacked(platform, before).toString());
        }
      }
      System.load(unpacked(platform, name).toString());
      loaded = true;
    } catch (IOException | UnsatisfiedLinkError e) {
      failure = new DataException("tokenizer.library", platform, String.valueOf(e.getMessage()));
      throw failure;
    }
  }

  private static String platform() {
    String system = System.getProperty("os.name").toLowerCase(Locale.ROOT);
    String machine = System.getProperty("os.arch").toLowerCase(Locale.ROOT);
    String os = system.contains("win") ? "win" : system.contains("mac") ? "osx" : "linux";
    boolean arm = machine.equals("aarch64") || machine.equals("arm64");
    return os + "-" + (arm ? "aarch64" : "x86_64");
  }

  /** The library's file; unpacked once, by whichever process comes first. */
  private static Path unpacked(String platform, String name) throws IOException {
    String resource = "/native/lib/" + platform + "/cpu/" + name;
    try (InputStream in =
        ai.djl.huggingface.tokenizers.jni.TokenizersLibrary.class.getResourceAsStream(resource)) {
      if (in == null) {
        throw new IOException(resource + " is not there");
      }
      String version = version();
      Path folder = Engine.nativesFolder().resolve("tokenizers-" + version + "-" + platform);
      Path file = folder.resolve(name);
      if (!Files.exists(file)) {
        Files.createDirectories(folder);
        Path part = Files.createTempFile(folder, name, ".part");
        Files.copy(in, part, StandardCopyOption.REPLACE_EXISTING);
        Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
      }
      return file.toAbsolutePath();
    }
  }

  private static String version() throws IOException {
    try (InputStream in =
        ai.djl.huggingface.tokenizers.jni.TokenizersLibrary.class.getResourceAsStream(
            "/native/lib/tokenizers.properties")) {
      java.util.Properties properties = new java.util.Properties();
      if (in != null) {
        properties.load(in);
      }
      return properties.getProperty("version", "unknown").replaceAll("[^A-Za-z0-9.]", "-");
    }
  }
}
