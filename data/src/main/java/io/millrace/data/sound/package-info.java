/**
 * Sound files and what models hear of them: {@link io.millrace.data.sound.SoundFile} reads WAV
 * piece by piece, {@link io.millrace.data.sound.MelSpectrogram} computes Whisper's features.
 */
@NullMarked
package io.millrace.data.sound;

import org.jspecify.annotations.NullMarked;
