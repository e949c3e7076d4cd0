/**
 * Who plays in this browser. Two windows of it are two players: each one claims its name, and the others answer for theirs. Nothing is
 * written down about that, so a window that was closed or crashed holds no name.
 */

/** How long another window has to answer, in milliseconds. Its script may be busy, but is on this machine. */
const patience = 250;

/** How many players are remembered. */
const most = 8;

const storageKey = 'ringleap.players';

export class Players {
  #channel = new BroadcastChannel('ringleap.players');
  #id = crypto.getRandomValues(new Uint32Array(1))[0];
  #mine = null;
  #asking = null;

  constructor() {
    this.#channel.onmessage = ({ data: { ask, from, taken, to } }) => {
      if (ask !== undefined) {
        // Two windows that want a name in the same moment: the lower number gets it.
        const held = this.#mine === ask || this.#asking?.name === ask && this.#id < from;
        if (held) this.#channel.postMessage({ taken: ask, to: from });
      } else if (to === this.#id && this.#asking?.name === taken) {
        this.#asking.answer(false);
      }
    };
  }

  /** Takes a name for this window; false if another window plays under it. */
  async claim(name) {
    if (this.#mine === name) return true;
    this.release();
    const free = await new Promise(answer => {
      this.#asking = { name, answer };
      this.#channel.postMessage({ ask: name, from: this.#id });
      setTimeout(() => answer(true), patience);
    });
    this.#asking = null;
    if (free) this.#mine = name;
    return free;
  }

  /** Gives the name back. */
  release() { this.#mine = null; }

  /** The players of this browser, the last one first: `{ name, token }`. */
  get known() {
    try {
      const known = JSON.parse(localStorage.getItem(storageKey) ?? '[]');
      return known.filter(player => typeof player?.name === 'string' && player.name);
    } catch {
      return []; // Storage is forbidden, or what is there is not ours: as if nothing was there.
    }
  }

  /** What is known of a player: `{ name, token }`. */
  find(name) { return this.known.find(player => player.name === name) ?? { name, token: null }; }

  remember(player) {
    const others = this.known.filter(each => each.name !== player.name);
    try {
      localStorage.setItem(storageKey, JSON.stringify([player, ...others].slice(0, most)));
    } catch { /* Storage is full or forbidden: the name is typed again the next time. */ }
  }

  /** The last player here that no other window plays, or null. The name is not taken yet. */
  async suggested() {
    for (const { name } of this.known) {
      if (await this.claim(name)) {
        this.release();
        return name;
      }
    }

    return null;
  }
}
