package io.millrace.cli;

import io.millrace.model.architecture.Inputs;
import io.millrace.model.folder.Pretrained;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensor;
import io.millrace.tensor.safetensors.SafetensorsFile;
import io.millrace.tensor.safetensors.SafetensorsWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** One pass through a model folder, tensors in and out. */
@Command(name = "forward", resourceBundle = "io.millrace.cli.help")
final class ForwardCommand implements Callable<Integer> {
  @Mixin private Options options = new Options();

  @Parameters(paramLabel = "FOLDER", descriptionKey = "model.folder")
  private @Nullable Path folder;

  @Option(
      names = "--inputs",
      paramLabel = "X.safetensors",
      required = true,
      descriptionKey = "forward.inputs")
  private @Nullable Path inputs;

  @Option(
      names = "--output",
      paramLabel = "Y.safetensors",
      required = true,
      descriptionKey = "forward.output")
  private @Nullable Path output;

  @Option(names = "--dtype", paramLabel = "TYPE", descriptionKey = "write.dtype")
  private @Nullable String dtype;

  @Override
  public Integer call() {
    options.home();
    Path target = Objects.requireNonNull(output);
    try (SafetensorsFile given = SafetensorsFile.open(Objects.requireNonNull(inputs));
        Pretrained model =
            Pretrained.open(Objects.requireNonNull(folder), WriteOptions.dtype(dtype));
        Scope scope = Scope.open()) {
      Map<String, Tensor> read = new LinkedHashMap<>();
      given.names().forEach(name -> read.put(name, given.tensor(name)));
      // Files may hold more than this model reads, for example both halves' inputs.
      read.keySet().retainAll(model.architecture().inputs());
      given.names().stream()
          .filter(name -> !read.containsKey(name))
          .forEach(name -> Console.info(Text.of("forward.unread", name)));
      if (!model.leftOut().isEmpty()) {
        Console.info(Text.of("forward.left-out", String.join(", ", model.leftOut())));
      }
      Map<String, Tensor> outputs = new LinkedHashMap<>();
      model
          .forward(new Inputs(read))
          .forEach((name, tensor) -> outputs.put(name, tensor.contiguous()));
      SafetensorsWriter.write(target, outputs, Map.of());
      Map<String, Object> shapes = new LinkedHashMap<>();
      StringBuilder text = new StringBuilder();
      outputs.forEach(
          (name, tensor) -> {
            shapes.put(name, tensor.shape().sizes());
            text.append(name).append("  ").append(tensor.shape()).append('\n');
          });
      options.print(
          Map.of("output", target.toString(), "shapes", shapes),
          text.append(Text.of("forward.written", target)).toString());
      return 0;
    }
  }
}
