package io.millrace.pipeline.spec;

import io.millrace.ground.spec.Default;

/**
 * What the report shows.
 *
 * @param examples how many held-out pictures are shown with an explanation
 */
public record EvaluateSpec(@Default("12") int examples) {}
