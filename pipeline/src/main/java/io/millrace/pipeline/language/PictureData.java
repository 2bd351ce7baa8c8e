package io.millrace.pipeline.language;

import io.millrace.data.Dataset;
import io.millrace.data.Targets;
import io.millrace.data.language.Reading;
import io.millrace.data.source.PictureFolder;
import io.millrace.ground.json.Json;
import io.millrace.model.folder.Pretrained;
import io.millrace.model.folder.Recast;
import io.millrace.pipeline.PipelineException;
import io.millrace.train.language.Lesson;
import io.millrace.train.language.PictureLesson;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Pictures in folders of their classes. */
record PictureData(
    Dataset train, @Nullable Dataset validation, @Nullable Dataset test, Recast recast, Look look)
    implements TaskData {
  /** How a model wants to see pictures. */
  record Look(int height, int width, boolean colour, PictureLesson.Pixels pixels) {
    static Look of(Path folder) {
      Path file = folder.resolve("preprocessor_config.json");
      JsonNode config = Json.read(folder.resolve("config.json"));
      JsonNode said = Files.isRegularFile(file) ? Json.read(file) : Json.object();
      JsonNode size = said.path("size");
      int usual = config.path("image_size").asInt(224);
      int height = size.path("height").asInt(size.path("shortest_edge").asInt(size.asInt(usual)));
      int width = size.path("width").asInt(size.path("shortest_edge").asInt(size.asInt(usual)));
      int channels = config.path("num_channels").asInt(3);
      double scale =
          said.path("do_rescale").asBoolean(true)
              ? said.path("rescale_factor").asDouble(1 / 255.0)
              : 1;
      boolean moves = said.path("do_normalize").asBoolean(true);
      return new Look(
          height,
          width,
          channels == 3,
          new PictureLesson.Pixels(
              scale,
              numbers(said.path("image_mean"), channels, moves ? 0.5 : 0, moves),
              numbers(said.path("image_std"), channels, moves ? 0.5 : 1, moves)));
    }

    private static double[] numbers(JsonNode list, int count, double usual, boolean said) {
      double[] all = new double[count];
      for (int i = 0; i < count; i++) {
        all[i] = said ? list.path(i).asDouble(usual) : usual;
      }
      return all;
    }

    ObjectNode json() {
      ObjectNode node = Json.object();
      node.put("do_resize", true).put("do_rescale", true).put("do_normalize", true);
      node.put("rescale_factor", pixels.scale());
      node.putObject("size").put("height", height).put("width", width);
      ArrayNode means = node.putArray("image_mean");
      Arrays.stream(pixels.means()).forEach(means::add);
      ArrayNode deviations = node.putArray("image_std");
      Arrays.stream(pixels.deviations()).forEach(deviations::add);
      return node;
    }
  }

  static PictureData read(TuneSpec spec, Path place, Path folder) {
    Look look = Look.of(folder);
    if (spec.data().train().size() != 1) {
      throw new PipelineException("tune.pictures", spec.data().train());
    }
    Dataset all = pictures(place.resolve(spec.data().train().getFirst()), look);
    List<String> classes = ((Targets.Classes) all.targets()).classes();
    Dataset validation = given(spec.data().validation(), place, look, classes);
    Dataset test = given(spec.data().test(), place, look, classes);
    List<Integer> order = new ArrayList<>();
    for (int i = 0; i < all.count(); i++) {
      order.add(i);
    }
    Collections.shuffle(order, new Random(spec.seed()));
    int tested = test == null ? (int) Math.round(spec.data().tested() * all.count()) : 0;
    int held = validation == null ? (int) Math.round(spec.data().held() * all.count()) : 0;
    int[] rows = order.stream().mapToInt(Integer::intValue).toArray();
    return new PictureData(
        all.select(Arrays.copyOfRange(rows, tested + held, rows.length)),
        held == 0 ? validation : all.select(Arrays.copyOfRange(rows, tested, tested + held)),
        tested == 0 ? test : all.select(Arrays.copyOf(rows, tested)),
        new Recast(Recast.Task.PICTURES, classes, null),
        look);
  }

  private static Dataset pictures(Path folder, Look look) {
    return PictureFolder.read(
        folder,
        look.height,
        look.width,
        look.colour ? PictureFolder.Channels.COLOUR : PictureFolder.Channels.GREY);
  }

  private static @Nullable Dataset given(
      List<String> folders, Path place, Look look, List<String> classes) {
    if (folders.isEmpty()) {
      return null;
    }
    Dataset all = pictures(place.resolve(folders.getFirst()), look);
    List<String> own = ((Targets.Classes) all.targets()).classes();
    if (!own.equals(classes)) {
      throw new PipelineException("tune.classes", folders.getFirst(), own, classes);
    }
    return all;
  }

  @Override
  public @Nullable Lesson lesson(Pretrained model, Side side) {
    Dataset some =
        switch (side) {
          case TRAIN -> train;
          case VALIDATION -> validation;
          case TEST -> test;
        };
    return some == null ? null : new PictureLesson(model, some, look.pixels);
  }

  @Override
  public List<List<Reading>> learned() {
    return Collections.nCopies(train.count(), List.of());
  }

  @Override
  public long tokens() {
    return train.count();
  }

  @Override
  public void complete(Path folder) {
    if (!Files.exists(folder.resolve("preprocessor_config.json"))) {
      Json.write(folder.resolve("preprocessor_config.json"), look.json());
    }
  }
}
