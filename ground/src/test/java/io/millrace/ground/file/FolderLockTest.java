package io.millrace.ground.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FolderLockTest {
  @TempDir private Path folder;

  @Test
  void oneAtATime() {
    FolderLock first = FolderLock.of(folder);
    assertThatThrownBy(() -> FolderLock.of(folder))
        .isInstanceOf(FileException.class)
        .hasMessageContaining("another run");
    first.close();
    FolderLock.of(folder).close();
    assertThat(folder.resolve(".lock")).isEmptyFile();
  }

  @Test
  void aFolderThatIsNotThereIsNamed() {
    assertThatThrownBy(() -> FolderLock.of(folder.resolve("none")))
        .isInstanceOf(FileException.class)
        .hasMessageContaining("none");
  }

  @Test
  void anotherProcessIsKeptOutUntilItsHolderEnds() throws Exception {
    Process holder =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Holder.class.getName(),
                folder.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try {
      assertThat(holder.inputReader().readLine()).isEqualTo("taken");
      assertThatThrownBy(() -> FolderLock.of(folder)).hasMessageContaining("another run");
    } finally {
      holder.destroyForcibly().waitFor();
    }
    FolderLock.of(folder).close();
  }

  /** Takes a folder and waits to be killed. */
  static final class Holder {
    private Holder() {}

    public static void main(String[] arguments) throws Exception {
      try (FolderLock lock = FolderLock.of(Path.of(arguments[0]))) {
        System.out.println("taken");
        System.in.read();
      }
    }
  }
}
