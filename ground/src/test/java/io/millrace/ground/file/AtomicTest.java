package io.millrace.ground.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AtomicTest {
  @TempDir private Path folder;

  @Test
  void aFailedWriteLeavesTheOldFileAndNothingElse() throws IOException {
    Path file = folder.resolve("a/checkpoint");
    AtomicFile.write(file, "old");
    assertThatThrownBy(
            () ->
                AtomicFile.write(
                    file,
                    out -> {
                      out.write(1);
                      throw new IOException("No space left on device");
                    }))
        .isInstanceOf(FileException.class)
        .hasMessageContaining("the disk is full");
    assertThat(file).hasContent("old");
    assertThat(file.getParent()).isDirectoryNotContaining("glob:**/.*");
  }

  @Test
  void aFullDiskIsSaidAndTheOldFileStays() {
    Path full = Path.of("/dev/full");
    Assumptions.assumeTrue(Files.exists(full), "/dev/full exists on Linux only");
    assertThatThrownBy(
            () -> {
              try (var out = Files.newOutputStream(full)) {
                out.write(new byte[1 << 16]);
              } catch (IOException e) {
                throw FileException.writing(folder.resolve("model"), e);
              }
            })
        .hasMessageContaining("the disk is full");
  }

  @Test
  void aFolderIsTheOldOrTheNew() throws IOException {
    Path target = folder.resolve("model");
    AtomicFolder.write(target, fresh -> Files.writeString(fresh.resolve("a"), "old"));
    assertThatThrownBy(
            () ->
                AtomicFolder.write(
                    target,
                    fresh -> {
                      Files.writeString(fresh.resolve("a"), "half");
                      throw new IOException("No space left on device");
                    }))
        .hasMessageContaining("intact");
    assertThat(target.resolve("a")).hasContent("old");
    AtomicFolder.write(target, fresh -> Files.writeString(fresh.resolve("b"), "new"));
    assertThat(target.resolve("b")).hasContent("new");
    assertThat(target.resolve("a")).doesNotExist();
    assertThat(folder).isDirectoryNotContaining("glob:**/.*");
  }

  @Test
  void aKillBetweenTheTwoStepsIsMended() throws IOException {
    Path target = folder.resolve("model");
    AtomicFolder.write(target, fresh -> Files.writeString(fresh.resolve("a"), "old"));
    Files.move(target, folder.resolve(".model.old")); // as a kill there leaves it
    AtomicFolder.recover(target);
    assertThat(target.resolve("a")).hasContent("old");
  }

  @Test
  void hashesAreSha256() throws IOException {
    // NIST's vector for "abc"
    String abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assertThat(Hashes.of("abc")).isEqualTo(abc);
    assertThat(Hashes.of(Files.writeString(folder.resolve("abc"), "abc"))).isEqualTo(abc);
  }
}
