/** The sounds, made of nothing but oscillators and noise. Silent until the player has touched something: browsers want it so. */

const storageKey = 'ringleap.muted';

/** Pentatonic, so that any two notes in a row sound well. In half-tones. */
const scale = [0, 2, 4, 7, 9];

export class Sound {
  #context = null;
  #out = null;
  #noise = null;
  #muted = readMuted();

  get muted() { return this.#muted; }

  /** `none` before the first touch, else what the browser says. */
  get state() { return this.#context?.state ?? 'none'; }

  set muted(value) {
    this.#muted = value;
    try {
      localStorage.setItem(storageKey, String(value));
    } catch { /* Storage is forbidden: the choice lasts as long as the page. */ }
  }

  /** To be called while a gesture is handled. */
  wake() {
    if (this.#muted) return;
    if (!this.#context) {
      if (!('AudioContext' in window)) return;
      this.#context = new AudioContext();
      this.#out = new GainNode(this.#context, { gain: 0.3 });
      this.#out.connect(this.#context.destination);
    }

    // Phones put it to sleep with the page. Refused without a gesture; the next one wakes it.
    if (this.#context.state !== 'running') this.#context.resume().catch(() => { });
  }

  matched() { [0, 4, 7].forEach((note, i) => this.#note(note, { at: i * 0.11, length: 0.22, type: 'triangle' })); }

  leapt() { this.#glide(300, 620, { length: 0.13, type: 'sine', gain: 0.5 }); }

  /** @param {number} score the ring: each one sounds a little higher, and every fifteenth begins again  @param {boolean} perfect */
  landed(score, perfect) {
    const step = score % 15;
    const note = scale[step % 5] + 12 * Math.floor(step / 5);
    this.#note(note, { length: 0.2, type: 'triangle' });
    if (perfect) this.#note(note + 7, { at: 0.07, length: 0.24, type: 'triangle', gain: 0.6 });
  }

  charged() { [12, 19].forEach((note, i) => this.#note(note, { at: i * 0.08, length: 0.18, type: 'sine' })); }

  threw() { this.#hiss({ from: 900, to: 4200, length: 0.35 }); }

  froze() {
    this.#hiss({ from: 5200, to: 1400, length: 0.4 });
    [31, 26, 24].forEach((note, i) => this.#note(note, { at: i * 0.07, length: 0.35, type: 'sine', gain: 0.5 }));
  }

  thawed() { [24, 28, 31].forEach((note, i) => this.#note(note, { at: i * 0.05, length: 0.16, type: 'sine', gain: 0.5 })); }

  warned() { this.#note(19, { length: 0.06, type: 'square', gain: 0.2 }); }

  fell() { this.#glide(420, 70, { length: 0.7, type: 'sawtooth', gain: 0.35 }); }

  ended(result) {
    const tune = { WIN: [0, 4, 7, 12, 16, 19], LOSE: [7, 3, 0], DRAW: [0, 7, 0] }[result];
    tune.forEach((note, i) => this.#note(note, { at: i * 0.12, length: 0.3, type: 'triangle' }));
  }

  #ready() { return !this.#muted && this.#context?.state === 'running'; }

  #note(halfTones, { at = 0, length, type, gain = 1 }) {
    if (!this.#ready()) return;
    const frequency = 262 * 2 ** (halfTones / 12);
    this.#tone(frequency, frequency, { at, length, type, gain });
  }

  #glide(from, to, shape) {
    if (this.#ready()) this.#tone(from, to, shape);
  }

  #tone(from, to, { at = 0, length, type, gain }) {
    const start = this.#context.currentTime + at;
    const tone = new OscillatorNode(this.#context, { type, frequency: from });
    if (to !== from) tone.frequency.exponentialRampToValueAtTime(to, start + length);
    tone.connect(this.#swell(start, length, gain));
    tone.start(start);
    tone.stop(start + length);
  }

  #hiss({ from, to, length }) {
    if (!this.#ready()) return;
    const start = this.#context.currentTime;
    const noise = new AudioBufferSourceNode(this.#context, { buffer: this.#noise ??= this.#makeNoise() });
    const band = new BiquadFilterNode(this.#context, { type: 'bandpass', Q: 1.5, frequency: from });
    band.frequency.exponentialRampToValueAtTime(to, start + length);
    noise.connect(band).connect(this.#swell(start, length, 0.9));
    noise.start(start);
    noise.stop(start + length);
  }

  /** Loud at once, then softer until nothing is left: no click at either end. */
  #swell(start, length, gain) {
    const swell = new GainNode(this.#context, { gain: 0 });
    swell.gain.setValueAtTime(0, start);
    swell.gain.linearRampToValueAtTime(gain, start + 0.008);
    swell.gain.exponentialRampToValueAtTime(0.001, start + length);
    swell.connect(this.#out);
    return swell;
  }

  #makeNoise() {
    const buffer = this.#context.createBuffer(1, this.#context.sampleRate / 2, this.#context.sampleRate);
    const samples = buffer.getChannelData(0);
    for (let i = 0; i < samples.length; i++) samples[i] = Math.random() * 2 - 1;
    return buffer;
  }
}

function readMuted() {
  try {
    return localStorage.getItem(storageKey) === 'true';
  } catch {
    return false; // Storage is forbidden: with sound.
  }
}
