package io.millrace.pipeline.language;

import io.millrace.ground.file.FileException;
import io.millrace.pipeline.PipelineException;
import io.millrace.train.language.Reward;
import java.io.IOException;
import java.io.StringWriter;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/** A reward from a Java source file, compiled when it is needed. */
final class RewardSource {
  private RewardSource() {}

  /**
   * Compiles a file and makes its class, which must have the file's name, no package, and a
   * constructor without arguments.
   *
   * @param work where classes may lie
   * @throws PipelineException if it cannot be compiled, or is no {@link Reward}
   */
  static Reward of(Path file, Path work) {
    if (!Files.isRegularFile(file)) {
      throw FileException.reading(file, new java.nio.file.NoSuchFileException(file.toString()));
    }
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    if (compiler == null) {
      throw new PipelineException("reward.compiler", file);
    }
    Path classes = work.resolve("reward");
    StringWriter said = new StringWriter();
    try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null)) {
      Files.createDirectories(classes);
      boolean compiled =
          compiler
              .getTask(
                  said,
                  files,
                  null,
                  List.of(
                      "-d",
                      classes.toString(),
                      "-classpath",
                      System.getProperty("java.class.path", ""),
                      "-proc:none",
                      "-nowarn"),
                  null,
                  files.getJavaFileObjects(file))
              .call();
      if (!compiled) {
        throw new PipelineException("reward.broken", file, said.toString().strip());
      }
      String name = String.valueOf(file.getFileName()).replaceFirst("\\.java$", "");
      // Stays open as long as the reward is used: it may load more of its classes.
      URLClassLoader loader =
          new URLClassLoader(
              new URL[] {classes.toUri().toURL()}, RewardSource.class.getClassLoader());
      Class<?> type = loader.loadClass(name);
      if (!Reward.class.isAssignableFrom(type)) {
        throw new PipelineException("reward.kind", file, name);
      }
      var constructor = type.getDeclaredConstructor();
      constructor.setAccessible(true);
      return (Reward) constructor.newInstance();
    } catch (IOException e) {
      throw FileException.writing(classes, e);
    } catch (ReflectiveOperationException e) {
      throw new PipelineException("reward.kind", file, String.valueOf(e));
    }
  }
}
