/**
 * Conversations as a model reads them: {@link io.millrace.data.chat.ChatTemplate} renders messages
 * exactly as transformers does, {@link io.millrace.data.chat.ChatFormat} turns them into token ids.
 * Training and serving both call it, so that a model meets what it has learned.
 */
@NullMarked
package io.millrace.data.chat;

import org.jspecify.annotations.NullMarked;
