package io.millrace.serve.language;

/**
 * A function that a model calls.
 *
 * @param arguments a JSON object as text
 */
record ToolCall(String id, String name, String arguments) {}
