package io.millrace.data.language;

import io.millrace.data.DataException;
import io.millrace.data.tokenizer.Encoding;
import io.millrace.data.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A question and a stretch of the text in which its answer is looked for.
 *
 * @param question the number of the question that the stretch belongs to
 * @param first the token of the stretch's beginning in {@code text}
 * @param starts where the stretch's tokens begin in the context, in characters
 * @param ends where they end
 * @param start the token at which the answer starts, in {@code text}; 0 if it is not in the stretch
 * @param end its last token
 */
public record AnswerWindow(
    int question, Reading text, int first, int[] starts, int[] ends, int start, int end) {
  /**
   * A question.
   *
   * @param answers those that are right, the first is learned
   * @param at where the first begins in the context, in characters
   * @param place for messages
   */
  public record Question(
      String question, String context, List<String> answers, int at, String place) {
    /** Checks that the answer stands where it should. */
    public Question {
      answers = List.copyOf(answers);
      String learned = answers.isEmpty() ? "" : answers.getFirst();
      if (learned.isEmpty() || !context.startsWith(learned, at)) {
        throw new DataException("row.answer", place, learned, at);
      }
    }
  }

  /**
   * The stretches of a question's context; each but the last ends where the next is half over.
   *
   * @param longest tokens at most, question included
   */
  public static List<AnswerWindow> of(
      Tokenizer tokenizer, PairFrame frame, Question asked, int number, int longest) {
    Encoding context = tokenizer.encodePlain(asked.context());
    long[] question = tokenizer.encodePlain(asked.question()).ids();
    int most = Math.max(1, (longest - frame.size()) / 2);
    question = question.length > most ? Arrays.copyOf(question, most) : question;
    int room = Math.max(1, longest - frame.size() - question.length);
    int from = asked.at();
    int to = from + asked.answers().getFirst().length();
    List<AnswerWindow> all = new ArrayList<>();
    int begin = 0;
    while (true) {
      int count = Math.min(room, context.size() - begin);
      long[] stretch = Arrays.copyOfRange(context.ids(), begin, begin + count);
      int[] starts = Arrays.copyOfRange(context.starts(), begin, begin + count);
      int[] ends = Arrays.copyOfRange(context.ends(), begin, begin + count);
      int first = frame.second(question.length);
      int start = 0;
      int end = 0;
      if (count > 0 && starts[0] <= from && ends[count - 1] >= to) {
        for (int i = 0; i < count; i++) {
          if (starts[i] <= from) {
            start = first + i;
          }
          if (starts[i] < to) {
            end = first + i;
          }
        }
      }
      Reading text = frame.put(question, stretch, begin + count < context.size());
      all.add(new AnswerWindow(number, text, first, starts, ends, start, end));
      if (begin + count >= context.size()) {
        return all;
      }
      begin += Math.max(1, room / 2);
    }
  }
}
