package io.millrace.evaluate.explain;

/**
 * What each input number contributed to one output.
 *
 * @param target the output that was explained
 * @param attributions one a number of the input, positive where it spoke for the output
 * @param gap how far the attributions' sum is from output minus baseline output; small is exact
 */
public record Explanation(int target, float[] attributions, double gap) {}
