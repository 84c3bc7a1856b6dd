// A sound for each result, made and not played from a file, and the same for whoever cannot see the screen: rising, two equal, three low, one soft.

/** Notes of each tone: frequency in hertz, start and length in seconds. @type {Record<string, { shape: OscillatorType, notes: [number, number, number][] }>} */
const TONES = {
  rise: { shape: "sine", notes: [[880, 0, 0.09], [1320, 0.09, 0.14]] },
  double: { shape: "sine", notes: [[660, 0, 0.12], [660, 0.2, 0.12]] },
  low: { shape: "square", notes: [[220, 0, 0.18], [220, 0.26, 0.18], [220, 0.52, 0.18]] },
  soft: { shape: "sine", notes: [[440, 0, 0.3]] },
};
const FADE_S = 0.012;

export class Sound {
  constructor() {
    /** @type {AudioContext | null} */
    this.context = null;
    this.volume = 0.8;
    this.isMuted = false;
    /** What was played last, for whoever wants to know. */
    this.last = "";
  }

  /** Call from a tap: until then a browser stays silent. */
  async wake() {
    try {
      this.context ??= new AudioContext();
      await this.context.resume();
    } catch {
      this.context = null; // a device without sound shows colour, shape and word all the same
    }
  }

  /** @param {string} tone */
  play(tone) {
    this.last = tone;
    const { context } = this;
    if (context === null || this.isMuted || context.state !== "running") return;
    const { shape, notes } = TONES[tone] ?? TONES.soft;
    const loudness = (shape === "square" ? 0.25 : 0.6) * this.volume;
    for (const [frequency, start, length] of notes) {
      const from = context.currentTime + start;
      const source = new OscillatorNode(context, { type: shape, frequency });
      const gain = new GainNode(context, { gain: 0 });
      gain.gain.setValueAtTime(0, from);
      gain.gain.linearRampToValueAtTime(loudness, from + FADE_S);
      gain.gain.setValueAtTime(loudness, from + length - FADE_S);
      gain.gain.linearRampToValueAtTime(0, from + length);
      source.connect(gain).connect(context.destination);
      source.start(from);
      source.stop(from + length);
    }
  }
}
