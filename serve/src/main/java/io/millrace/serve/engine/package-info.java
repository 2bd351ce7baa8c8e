/**
 * The engine that writes many texts at once: continuous batching over a paged cache of keys and
 * values, prompts read in pieces between the steps of others, beginnings that are alike read once.
 * A request's tokens are the same, bit for bit, alone and in any company. It knows tokens only;
 * texts, templates and HTTP live elsewhere.
 */
@NullMarked
package io.millrace.serve.engine;

import org.jspecify.annotations.NullMarked;
