package io.millrace.data.language;

import io.millrace.data.DataException;
import io.millrace.data.chat.ChatFormat;
import io.millrace.data.chat.Message;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** Preferences to learn from, in a new order every epoch. */
public final class Preferences {
  private final List<Preference> pairs;
  private final long seed;
  private final EpochOrder order;

  /** These preferences; a seed of −1 keeps their order. */
  public Preferences(List<Preference> pairs, long seed) {
    if (pairs.isEmpty()) {
      throw new DataException("samples.none");
    }
    this.pairs = List.copyOf(pairs);
    this.seed = seed;
    this.order = new EpochOrder(pairs.size(), seed);
  }

  /**
   * Reads rows of {@code prompt}, {@code chosen} and {@code rejected}: texts, or lists of messages.
   *
   * @throws DataException naming the line, if one is missing or an answer is empty
   */
  public static List<Preference> read(Path file, ChatFormat format) {
    List<Preference> all = new ArrayList<>();
    ChatSamples samples = new ChatSamples(format);
    JsonRows.each(
        file,
        (place, row) -> {
          List<Message> prompt = messages(row, "prompt", "user", place);
          all.add(
              new Preference(
                  samples.last(with(prompt, messages(row, "chosen", "assistant", place), place)),
                  samples.last(
                      with(prompt, messages(row, "rejected", "assistant", place), place))));
        });
    return all;
  }

  private static Conversation with(List<Message> prompt, List<Message> answer, String place) {
    List<Message> both = new ArrayList<>(prompt);
    both.addAll(answer);
    ChatFile.check(place, both);
    return new Conversation(place, both);
  }

  private static List<Message> messages(JsonNode row, String key, String role, String place) {
    JsonNode value = row.path(key);
    if (value.isString()) {
      return List.of(Message.of(role, value.asString()));
    }
    if (!value.isArray()) {
      throw new DataException("chat.text", place, key);
    }
    List<Message> all = Message.list(value, place);
    // Some write the whole conversation as an answer.
    return role.equals("assistant") ? all.subList(all.size() - 1, all.size()) : all;
  }

  /** How many there are. */
  public int count() {
    return pairs.size();
  }

  /** The longest answer with its prompt, in tokens. */
  public int width() {
    return pairs.stream()
        .mapToInt(pair -> Math.max(pair.chosen().ids().length, pair.rejected().ids().length))
        .max()
        .orElseThrow();
  }

  /**
   * The number of a preference, counted as they were given.
   *
   * @param epoch from 0
   * @param index from 0, already shuffled
   */
  public int number(int epoch, int index) {
    return seed == -1 ? index : order.at(epoch, index);
  }

  /** The preference of this number. */
  public Preference get(int number) {
    return pairs.get(number);
  }

  /** What distinguishes these from others, in words. */
  public String description() {
    return pairs.size() + " preferences, seed " + seed;
  }
}
