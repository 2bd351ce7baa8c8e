package io.millrace.model;

import java.util.Map;

/**
 * Where a model comes from.
 *
 * @param created ISO 8601 time in UTC
 * @param data the hashes of the data by part
 * @param seeds the seeds by use
 * @param versions what it was made with
 * @param parameters the training's settings
 * @param metrics what was measured, by part and name
 */
public record Provenance(
    String created,
    Map<String, String> data,
    Map<String, Long> seeds,
    Map<String, String> versions,
    Map<String, Object> parameters,
    Map<String, Double> metrics) {}
