/**
 * The climb: a jumper leaps from ring to ring. Rules and motion only: no drawing, no clock, no network. The same seed gives the same
 * course, and the same ticks and taps give the same climb.
 *
 * Lengths are in units of a field 400 wide; y grows upwards, ring i hangs at i × gap. Times are seconds.
 */

/** Seconds one tick lasts. */
export const tick = 1 / 120;

/** Width of the field. */
export const width = 400;

/** From ring to ring. */
export const gap = 190;

const gravity = 2600;

/** How far above the next ring a leap goes. */
const overshoot = 60;

const launch = Math.sqrt(2 * gravity * (gap + overshoot));

/** From the tap to the height of the next ring, coming down. */
export const flight = launch / gravity + Math.sqrt(2 * overshoot / gravity);

/** How long a ring holds whoever stands on it; a rival must not wait for ever. */
export const patience = 15;

/** How far below the ring a fall ends. */
const depth = 420;

/** A number from 0 to 1 that depends on nothing but its arguments. */
export function chance(seed, index, salt) {
  let h = (seed ^ Math.imul(index + 1, 0x9e3779b1) ^ Math.imul(salt + 1, 0x85ebca6b)) >>> 0;
  h = Math.imul(h ^ (h >>> 16), 0x21f0aaad);
  h = Math.imul(h ^ (h >>> 15), 0x735a2d97);
  return ((h ^ (h >>> 15)) >>> 0) / 2 ** 32;
}

/** A seed from a text, so that everyone in one room climbs the same course. */
export function seedOf(text) {
  let h = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) h = Math.imul(h ^ byte, 0x01000193);
  return h >>> 0;
}

/**
 * Ring `index` of a course: it swings around `centre`, the faster and the smaller the higher it hangs. Centres stay close and speeds of
 * neighbours differ, so that every ring can be reached within a few seconds.
 */
export function ringOf(seed, index) {
  if (index === 0) return { index, centre: width / 2, swing: 0, speed: 0, phase: 0, radius: 62 };
  const hardness = Math.min(1, (index - 1) / 45);
  const radius = 60 - 20 * hardness;
  const centre = width / 2 + (chance(seed, index, 0) - 0.5) * 44;
  const most = width / 2 - 12 - radius - Math.abs(centre - width / 2);
  const swing = Math.min(most, 46 + 50 * hardness + 34 * chance(seed, index, 1));
  const pace = index % 2 === 0 ? 1 : 0.72;
  return {
    index, centre, swing, radius,
    speed: (1.25 + 1.15 * hardness) * pace * (0.9 + 0.2 * chance(seed, index, 2)),
    phase: 2 * Math.PI * chance(seed, index, 3),
  };
}

/** One player's climb. */
export class Climb {
  #rings = new Map();
  #ticks = 0;

  /** @param {number} seed of the course  @param {number} start the ring to stand on first: the score so far */
  constructor(seed, start = 0) {
    this.seed = seed;
    this.at = start;
    this.phase = 'ride';        // ride, leap, fall, dead
    this.since = 0;             // when the phase began
    this.from = null;           // where a leap or fall began
    this.offset = 0;            // how far off the ring's middle the jumper landed
  }

  /** Rings reached. */
  get score() { return this.at; }

  get time() { return this.#ticks * tick; }

  ring(index) {
    let ring = this.#rings.get(index);
    if (!ring) this.#rings.set(index, ring = ringOf(this.seed, index));
    return ring;
  }

  ringX(index, time = this.time) {
    const { centre, swing, speed, phase } = this.ring(index);
    return centre + swing * Math.sin(speed * time + phase);
  }

  /** How long the ring will still hold; endless when not standing. */
  get holds() { return this.phase === 'ride' ? patience - (this.time - this.since) : Infinity; }

  /** Where the jumper is. */
  place(time = this.time) {
    const t = time - this.since;
    if (this.phase === 'ride') return { x: this.ringX(this.at, time) + this.offset * Math.exp(-7 * t), y: this.at * gap, speed: 0 };
    const start = this.phase === 'leap' ? launch : this.from.speed;
    return { x: this.from.x, y: this.from.y + start * t - gravity * t * t / 2, speed: start - gravity * t };
  }

  /** Leaps straight up. False if there is nothing to leap from. */
  jump() {
    if (this.phase !== 'ride') return false;
    this.#enter('leap', this.place());
    return true;
  }

  /** Lets go of the ring. */
  letGo() {
    if (this.phase === 'ride') this.#enter('fall', this.place());
  }

  /** One tick. Returns what happened: `land`, `miss`, `crumble`, `dead` or null. */
  step() {
    this.#ticks++;
    if (this.phase === 'ride' && this.holds <= 0) {
      this.letGo();
      return 'crumble';
    }
    if (this.phase === 'leap' && this.time - this.since >= flight) {
      const { x } = this.from;
      const offset = x - this.ringX(this.at + 1);
      if (Math.abs(offset) <= this.ring(this.at + 1).radius) {
        this.at++;
        this.offset = offset;
        this.#enter('ride', null);
        return 'land';
      }
      this.#enter('fall', this.place());
      return 'miss';
    }
    if (this.phase === 'fall' && this.place().y < this.at * gap - depth) {
      this.#enter('dead', this.place());
      return 'dead';
    }
    return null;
  }

  #enter(phase, from) {
    this.phase = phase;
    this.from = from;
    this.since = this.time;
  }
}

/**
 * Plays for demonstrations and tests: leaps when the next ring will be there, up to `goal` points; then lets go.
 * Called before each tick.
 */
export function autopilot(climb, goal) {
  if (climb.phase !== 'ride') return;
  const waited = climb.time - climb.since;
  if (waited < 0.25) return;
  if (climb.score >= goal) return climb.letGo();
  const off = Math.abs(climb.place().x - climb.ringX(climb.at + 1, climb.time + flight));
  const good = climb.ring(climb.at + 1).radius * (waited > 2 ? 0.8 : 0.45);
  if (off < good) climb.jump();
}
