/** Draws a climb: sky, rings, the jumper, the rivals' ghosts. Knows nothing of the network, changes nothing in the climb. */

import { chance, gap, ringOf, width } from './climb.js';
import { text } from './texts.js';

const rings = ['#ff5c8a', '#ffb800', '#12c99b', '#2fa8ff', '#9b6bff'];
const ink = '#231942';

/** How far beside a ring's middle rivals sit, so that several on one ring can be told apart. */
const sides = [1, -1, 0.4, -0.4, 0.7, -0.7, 0.15, -0.15];

/** Top, middle and bottom of the sky, one of each every twelve rings. */
const skies = [
  ['#38b6ff', '#8adcff', '#fff3d1'], ['#3f7bff', '#7fb4ff', '#cfeaff'], ['#6a4dff', '#c07bf0', '#ffb199'],
  ['#2a1c7a', '#7a3aa8', '#ec6a9c'],
  ['#0b0938', '#24186a', '#5a3aa8'],
].map(colors => colors.map(rgb));

const mine = { body: '#ff6b4a', dark: '#c43d1e' };

/** One for each rival a battle can have; neighbours unlike each other. White words can be read on every dark one. */
const coats = [
  ['#20c5b5', '#147d73'], ['#a467e9', '#9148e5'], ['#f3c716', '#886e07'], ['#398eef', '#116dd7'], ['#ec51ab', '#d31785'],
  ['#60b82e', '#427e20'], ['#707aeb', '#535fe6'], ['#ca57db', '#b72bcc'], ['#2eb867', '#207e47'], ['#12b9e2', '#0c7995'],
  ['#e96788', '#d81f4d'], ['#98b620', '#647715'], ['#6653c6', '#6653c6'], ['#b946a6', '#b344a1'], ['#ac7339', '#976532'],
].map(([body, dark]) => ({ body, dark }));

/** The colours of the n-th rival. */
export const coatOf = n => coats[n % coats.length];

const snow = '#dff6ff';

export class View {
  #canvas;
  #context;
  #calm;
  #scale = 1;
  #size = { width: 0, height: 0 };
  #climb = null;
  #camera = 0;
  #centre = { x: 0.5, y: 0.67 };
  #time = 0;
  #sag = { value: 0, speed: 0 };
  #sparks = [];
  #words = [];
  #trail = [];
  #pulses = new Map();
  #ghosts = new Map();
  #shake = 0;
  #party = false;
  #sky = { key: '', fill: null };

  /** @param {HTMLCanvasElement} canvas  @param {boolean} calm less motion: no shaking, no trail, no sparks */
  constructor(canvas, calm) {
    this.#canvas = canvas;
    this.#context = canvas.getContext('2d', { alpha: false });
    this.#calm = calm;
    new ResizeObserver(() => this.#resize()).observe(canvas);
    this.#resize();
  }

  /** True if it was a landing in the middle. */
  landed(climb) {
    const { x, y } = climb.place();
    const good = Math.abs(climb.offset) < climb.ring(climb.at).radius * 0.22;
    this.#sag.speed = 460;
    this.#pulses.set(climb.at, 0);
    this.#burst(x, y, rings[climb.at % rings.length], good ? 22 : 10, 260);
    this.#say(good ? text('perfect') : '+1', x, y + 74, good ? 30 : 26);
    return good;
  }

  leapt(climb) {
    this.#sag.speed = -260;
    const { x, y } = climb.place();
    this.#burst(x, y, '#ffffff', 6, 140);
  }

  froze() { this.#shake = 1; }

  thawed(climb) {
    const { x, y } = climb.place();
    this.#burst(x, y + 22, snow, 26, 320);
  }

  fell() { this.#shake = 0.6; }

  /** Snow flies from the attacker at the bottom to the victim's card at the top. */
  threw() {
    const { height } = this.#size;
    const from = this.#world(width / 2, height - 90);
    for (let i = 0; i < (this.#calm ? 6 : 28); i++) {
      this.#sparks.push({
        x: from.x + (Math.random() - 0.5) * 40, y: from.y, vx: 60 + Math.random() * 150, vy: 760 + Math.random() * 380, pull: 300,
        size: 4 + Math.random() * 7, color: i % 3 ? '#ffffff' : '#8fdcff', left: 0.9, life: 0.9,
      });
    }
  }

  /** Confetti, with the next drawing. */
  cheer() { this.#party = !this.#calm; }

  /**
   * @param {object} scene
   * @param {import('./climb.js').Climb} scene.climb
   * @param {number} scene.ahead seconds since the last tick
   * @param {number} scene.elapsed seconds since the last drawing
   * @param {boolean} scene.frozen
   * @param {Array<{userId, score, alive, frozen, color}>} scene.rivals
   * @param {string | null} scene.hint the text that says how to leap, while that is not known
   * @param {number | null} scene.watch the ring to look at once the jumper fell
   * @param {{x, y}} scene.centre where on the screen the climb is, in parts of its width and height
   */
  draw({ climb, ahead, elapsed, frozen, rivals, hint, centre, watch }) {
    if (climb !== this.#climb) this.#reset(climb);
    if (this.#party) this.#throwConfetti();
    const c = this.#context;
    this.#time += elapsed;
    const now = climb.time + (frozen ? 0 : ahead);
    const jumper = climb.place(now);
    this.#move(elapsed, climb, jumper, watch);
    const part = this.#calm ? 1 : 1 - Math.exp(-7 * elapsed);
    for (const axis of ['x', 'y']) this.#centre[axis] += (centre[axis] - this.#centre[axis]) * part;

    this.#paintSky(c);
    const shake = this.#calm ? 0 : this.#shake * 9;
    c.save();
    c.translate(Math.sin(this.#time * 71) * shake, Math.cos(this.#time * 83) * shake * 0.6);

    const lowest = Math.max(0, Math.floor(this.#world(0, this.#size.height).y / gap));
    const highest = Math.ceil(this.#world(0, 0).y / gap);
    for (let i = lowest; i <= highest; i++) this.#ring(c, climb, i, now, false);
    this.#drawGhosts(c, climb, rivals, now, elapsed);
    if (hint) this.#drawHint(c, climb, jumper, text(hint));
    if (!this.#calm) this.#drawTrail(c);
    this.#drawSparks(c); // Behind the jumper: never in its face.
    const inside = climb.phase === 'ride' || jumper.speed < 0 && climb.phase === 'leap';
    if (!inside) for (let i = lowest; i <= highest; i++) this.#ring(c, climb, i, now, true);
    if (climb.phase !== 'dead') this.#blob(c, { ...jumper, coat: mine, climb, frozen, size: 1 });
    if (inside) for (let i = lowest; i <= highest; i++) this.#ring(c, climb, i, now, true);
    if (climb.phase === 'ride' && climb.holds < 5) this.#drawWarning(c, climb, now);
    this.#drawWords(c);
    c.restore();
    this.#drawPointers(c, climb, rivals);
  }

  // Motion -----------------------------------------------------------------------------------------------------------------------

  #resize() {
    const { clientWidth, clientHeight } = this.#canvas;
    const density = Math.min(2, devicePixelRatio || 1);
    this.#size = { width: clientWidth, height: clientHeight, density };
    this.#canvas.width = Math.round(clientWidth * density);
    this.#canvas.height = Math.round(clientHeight * density);
    this.#scale = Math.min(clientWidth / width, clientHeight / 660);
    this.#sky.key = '';
  }

  /** A new climb: the camera is there at once. */
  #reset(climb) {
    this.#climb = climb;
    this.#camera = climb.at * gap;
    this.#sparks.length = this.#words.length = this.#trail.length = 0;
    this.#ghosts.clear();
    this.#pulses.clear();
    this.#sag.value = this.#sag.speed = 0;
  }

  #move(elapsed, climb, jumper, watch) {
    const rise = climb.phase === 'leap' ? 0.4 * gap : 0;
    const falls = climb.phase === 'fall' || climb.phase === 'dead';
    const follow = falls && watch !== null ? watch * gap : falls ? Math.max(jumper.y, climb.at * gap - 60) : climb.at * gap + rise;
    this.#camera += (follow - this.#camera) * (1 - Math.exp(-5 * elapsed));
    const sag = this.#sag;
    sag.speed += (-900 * sag.value - 13 * sag.speed) * Math.min(elapsed, 0.03);
    sag.value += sag.speed * Math.min(elapsed, 0.03);
    this.#shake = Math.max(0, this.#shake - elapsed * 2.4);
    for (const [ring, age] of this.#pulses) {
      if (age > 0.6) this.#pulses.delete(ring);
      else this.#pulses.set(ring, age + elapsed);
    }
    for (const s of this.#sparks) {
      s.left -= elapsed;
      s.vy -= s.pull * elapsed;
      s.x += s.vx * elapsed;
      s.y += s.vy * elapsed;
    }
    this.#sparks = this.#sparks.filter(s => s.left > 0).slice(-160);
    for (const word of this.#words) word.age += elapsed;
    this.#words = this.#words.filter(word => word.age < 0.9);
    if (climb.phase === 'leap') this.#trail.push({ x: jumper.x, y: jumper.y, age: 0 });
    for (const puff of this.#trail) puff.age += elapsed;
    this.#trail = this.#trail.filter(puff => puff.age < 0.35);
  }

  #burst(x, y, color, count, speed) {
    if (this.#calm) return;
    for (let i = 0; i < count; i++) {
      const angle = Math.PI * (0.05 + 0.9 * Math.random());
      const fast = speed * (0.4 + 0.6 * Math.random());
      this.#sparks.push({
        x, y, vx: Math.cos(angle) * fast, vy: Math.sin(angle) * fast, pull: 700, size: 3 + Math.random() * 5, color, left: 0.6, life: 0.6,
      });
    }
  }

  #throwConfetti() {
    this.#party = false;
    for (let i = 0; i < 110; i++) {
      const at = this.#world(Math.random() * width, -Math.random() * this.#size.height * 0.5);
      this.#sparks.push({
        x: at.x, y: at.y, vx: (Math.random() - 0.5) * 90, vy: -90 - Math.random() * 120, pull: 60, flat: true, turn: Math.random() * 9,
        size: 6 + Math.random() * 6, color: rings[i % rings.length], left: 5, life: 5,
      });
    }
  }

  #say(text, x, y, size) { this.#words.push({ text, x, y, size, age: 0 }); }

  // From the world to the screen and back.

  #x(x) { return this.#size.width * this.#centre.x + (x - width / 2) * this.#scale; }

  #y(y) { return this.#size.height * this.#centre.y - (y - this.#camera) * this.#scale; }

  #world(x, screenY) { return { x, y: (this.#size.height * this.#centre.y - screenY) / this.#scale + this.#camera }; }

  // Drawing ----------------------------------------------------------------------------------------------------------------------

  #paintSky(c) {
    const { width: w, height: h, density } = this.#size;
    c.setTransform(density, 0, 0, density, 0, 0);
    const level = Math.max(0, this.#camera / gap / 12);
    const key = level.toFixed(2);
    if (key !== this.#sky.key) {
      const below = Math.min(skies.length - 1, Math.floor(level));
      const above = Math.min(skies.length - 1, below + 1);
      const fill = c.createLinearGradient(0, 0, 0, h);
      [0, 0.55, 1].forEach((stop, i) => fill.addColorStop(stop, mix(skies[below][i], skies[above][i], level % 1)));
      this.#sky = { key, fill };
    }
    c.fillStyle = this.#sky.fill;
    c.fillRect(0, 0, w, h);

    const night = Math.min(1, Math.max(0, level - 1.6));
    if (night > 0) this.#paintStars(c, night);
    this.#paintSun(c, level);
    this.#paintClouds(c, level);
    this.#paintHills(c);
  }

  #paintStars(c, night) {
    const { width: w, height: h } = this.#size;
    c.fillStyle = '#fff';
    for (let i = 0; i < 70; i++) {
      const y = (chance(5, i, 1) * h * 1.2 + this.#camera * this.#scale * 0.05) % (h * 1.2);
      c.globalAlpha = night * (0.35 + 0.65 * Math.abs(Math.sin(i + (this.#calm ? 0 : this.#time * 0.8))));
      const size = 1 + 2 * chance(5, i, 2);
      c.fillRect(chance(5, i, 0) * w, y, size, size);
    }
    c.globalAlpha = 1;
  }

  #paintSun(c, level) {
    const { width: w, height: h } = this.#size;
    const r = Math.min(w, h) * 0.1;
    const x = w * 0.76;
    const y = h * (0.27 + 0.06 * Math.min(3, level));
    const night = Math.min(1, Math.max(0, level - 1.4));
    c.fillStyle = mix([255, 255, 255], [214, 214, 255], night);
    c.globalAlpha = 0.22;
    disc(c, x, y, r * 1.55);
    c.globalAlpha = 1 - 0.15 * night;
    c.fillStyle = mix([255, 226, 122], [240, 240, 255], night);
    disc(c, x, y, r);
    c.globalAlpha = 1;
  }

  #paintClouds(c, level) {
    const { width: w, height: h } = this.#size;
    const far = this.#camera * this.#scale * 0.35;
    const step = 150;
    const first = Math.floor((far - h * 0.5) / step);
    c.fillStyle = '#fff';
    for (let i = first; i < first + h / step + 4; i++) {
      if (i < 0) continue;
      const size = (0.6 + 0.7 * chance(9, i, 1)) * Math.min(1.4, w / 420);
      const drift = this.#calm ? 0 : this.#time * (5 + 6 * chance(9, i, 2));
      const x = (chance(9, i, 0) * (w + 240) + drift) % (w + 240) - 120;
      const y = h * 0.6 - (i * step - far);
      c.globalAlpha = (0.34 + 0.3 * chance(9, i, 3)) * Math.max(0.18, 1 - level * 0.24);
      // One path: where the parts overlap they do not show through.
      c.beginPath();
      c.roundRect(x - 58 * size, y - 20 * size, 116 * size, 40 * size, 20 * size);
      for (const [dx, dy, r] of [[-20, -18, 25], [16, -22, 31]]) {
        c.moveTo(x + (dx + r) * size, y + dy * size);
        c.arc(x + dx * size, y + dy * size, r * size, 0, Math.PI * 2);
      }
      c.fill();
    }
    c.globalAlpha = 1;
  }

  #paintHills(c) {
    const { width: w, height: h } = this.#size;
    const layers = [['#9be3c3', 0.25, 0.20, 46], ['#5fcf9f', 0.5, 0.10, 34], ['#35b587', 0.85, 0.02, 24]];
    layers.forEach(([color, near, up, wave], n) => {
      const base = h * (1 - up) + this.#camera * this.#scale * near;
      if (base - wave * 2 > h) return;
      c.fillStyle = color;
      c.beginPath();
      c.moveTo(0, h + 2);
      for (let x = 0; x <= w + 24; x += 24) {
        c.lineTo(x, base - wave * (Math.sin(x / (130 + 40 * n) + n * 2.1) + 0.4 * Math.sin(x / 61 + n)));
      }
      c.lineTo(w + 24, h + 2);
      c.fill();
    });
  }

  #ring(c, climb, index, now, front) {
    const ring = index <= climb.at + 40 ? climb.ring(index) : ringOf(climb.seed, index);
    const here = index === climb.at && climb.phase === 'ride';
    const x = this.#x(climb.ringX(index, now));
    const y = this.#y(index * gap) + (here ? this.#sag.value * 0.35 * this.#scale : 0);
    const rx = ring.radius * this.#scale;
    const ry = rx * 0.3;
    const thick = 11 * this.#scale;
    const color = rings[index % rings.length];
    const passed = index < climb.at;
    c.globalAlpha = passed ? 0.4 : 1;
    c.lineCap = 'butt';
    c.lineWidth = thick;
    if (!front) {
      const age = this.#pulses.get(index);
      if (age !== undefined && !this.#calm) {
        c.globalAlpha = 1 - age / 0.6;
        c.strokeStyle = '#fff';
        c.lineWidth = 4 * this.#scale;
        ellipse(c, x, y, rx * (1 + age * 1.6), ry * (1 + age * 1.6), 0, Math.PI * 2);
        c.globalAlpha = 1;
        c.lineWidth = thick;
      }
      c.fillStyle = shade(color, 0.35, passed ? 0.2 : 0.28);
      c.beginPath();
      c.ellipse(x, y, rx, ry, 0, 0, Math.PI * 2);
      c.fill();
      c.strokeStyle = darker(color);
      ellipse(c, x, y, rx, ry, Math.PI, Math.PI * 2);
    } else {
      c.strokeStyle = color;
      ellipse(c, x, y, rx, ry, -0.02, Math.PI + 0.02);
      c.strokeStyle = 'rgba(255,255,255,.55)';
      c.lineWidth = thick * 0.26;
      c.lineCap = 'round';
      ellipse(c, x, y - thick * 0.16, rx, ry, Math.PI * 0.58, Math.PI * 0.86);
      if (index > 0 && index % 10 === 0) this.#plate(c, x, y + ry, String(index));
    }
    c.globalAlpha = 1;
  }

  #plate(c, x, y, text) {
    const s = this.#scale;
    c.fillStyle = '#fff';
    pill(c, x - 19 * s, y - 4 * s, 38 * s, 24 * s, 12 * s);
    c.fillStyle = ink;
    c.font = font(16 * s);
    c.textAlign = 'center';
    c.textBaseline = 'middle';
    c.fillText(text, x, y + 8.5 * s);
  }

  /** The jumper, or a rival's ghost: a drop of jelly with eyes. Feet are at (x, y). */
  #blob(c, { x, y, speed = 0, coat, climb = null, frozen = false, size, alpha = 1, dead = false }) {
    const s = this.#scale * size;
    const falling = climb && climb.phase === 'fall';
    const stretch = climb?.phase === 'ride' ? -this.#sag.value * 0.012 : Math.max(-0.18, Math.min(0.24, speed / 5200));
    const tall = 1 + stretch;
    const wide = 1 / tall;
    const sag = climb?.phase === 'ride' ? this.#sag.value * 0.35 * this.#scale : 0;
    c.save();
    c.globalAlpha = alpha;
    c.translate(this.#x(x), this.#y(y) + sag);
    if (falling) {
      c.translate(0, -22 * s);
      c.rotate((this.#calm ? 0.4 : Math.min(2.6, (climb.time - climb.since) * 4)) * (climb.offset < 0 ? -1 : 1));
      c.translate(0, 22 * s);
    }
    c.scale(s * wide, s * tall);
    c.fillStyle = coat.dark;
    body(c, 0);
    c.fillStyle = coat.body;
    body(c, -3);
    c.fillStyle = 'rgba(255,255,255,.35)';
    c.beginPath();
    c.ellipse(-10, -36, 7, 4.5, -0.6, 0, Math.PI * 2);
    c.fill();
    // Feelers make the direction of a leap readable.
    const up = Math.max(-5, Math.min(7, speed / 160));
    const blink = !dead && !falling && Math.sin(this.#time * 1.7 + (climb ? 0 : 2)) > 0.985;
    for (const side of [-1, 1]) {
      c.fillStyle = '#fff';
      c.beginPath();
      c.ellipse(side * 8.5, -25 - up * 0.4, 6.4, blink ? 1 : 7.4, 0, 0, Math.PI * 2);
      c.fill();
      if (dead || falling) {
        c.strokeStyle = ink;
        c.lineWidth = 2.4;
        c.lineCap = 'round';
        c.beginPath();
        c.moveTo(side * 8.5 - 3, -28); c.lineTo(side * 8.5 + 3, -22);
        c.moveTo(side * 8.5 + 3, -28); c.lineTo(side * 8.5 - 3, -22);
        c.stroke();
      } else if (!blink) {
        c.fillStyle = ink;
        disc(c, side * 8.5, -26.5 - up * 0.75, 3.5);
        c.fillStyle = '#fff';
        disc(c, side * 8.5 + 1.2, -28 - up * 0.75, 1.2);
      }
    }
    c.strokeStyle = ink;
    c.lineWidth = 2.2;
    c.lineCap = 'round';
    c.beginPath();
    if (falling || speed < -500) c.ellipse(0, -13, 3.2, 3.8, 0, 0, Math.PI * 2);
    else c.arc(0, -16, 4.2, 0.25, Math.PI - 0.25);
    c.stroke();
    if (frozen) {
      c.scale(1 / wide, 1 / tall);
      c.fillStyle = 'rgba(158,226,255,.46)';
      c.strokeStyle = '#fff';
      c.lineWidth = 3;
      c.beginPath();
      c.moveTo(-30, 2); c.lineTo(-33, -34); c.lineTo(-18, -52); c.lineTo(20, -54); c.lineTo(34, -30); c.lineTo(29, 3);
      c.closePath();
      c.fill();
      c.stroke();
      c.lineWidth = 4;
      c.beginPath();
      c.moveTo(-20, -36); c.lineTo(-12, -45);
      c.moveTo(-22, -22); c.lineTo(-4, -44);
      c.stroke();
    }
    c.restore();
  }

  /** Rivals sit where their score is, half to the side, and hop there when it grows. */
  #drawGhosts(c, climb, rivals, now, elapsed) {
    rivals.forEach((rival, n) => {
      let ghost = this.#ghosts.get(rival.userId);
      if (!ghost) this.#ghosts.set(rival.userId, ghost = { at: rival.score, drop: 0, side: sides[n % sides.length] });
      const far = rival.score - ghost.at;
      ghost.at = Math.abs(far) > 6 ? rival.score : ghost.at + Math.max(-elapsed * 3, Math.min(elapsed * 3, far));
      ghost.drop = rival.alive ? 0 : ghost.drop + elapsed * (0.4 + ghost.drop * 4) * 300;
      if (ghost.drop > 1500) return;
      const below = Math.floor(ghost.at);
      const part = ghost.at - below;
      const aside = below === climb.at || Math.ceil(ghost.at) === climb.at || rivals.length > 1 ? 0.62 : 0.25;
      const spot = index => climb.ringX(index, now) + ghost.side * climb.ring(index).radius * aside;
      const x = spot(below) * (1 - part) + (part ? spot(below + 1) * part : 0);
      const y = ghost.at * gap + Math.sin(part * Math.PI) * 70 - ghost.drop;
      this.#blob(c, {
        x, y, speed: part ? Math.cos(part * Math.PI) * 700 : 0, coat: coatOf(rival.color), size: 0.86, alpha: 0.72, dead: !rival.alive,
        frozen: rival.frozen,
      });
      if (rival.alive) this.#tag(c, this.#x(x), this.#y(y) - 62 * this.#scale, rival);
    });
  }

  #tag(c, x, y, { userId, color }) {
    const s = this.#scale;
    const name = short(userId);
    c.font = font(14 * s);
    c.textAlign = 'center';
    c.textBaseline = 'middle';
    const w = c.measureText(name).width + 16 * s;
    c.globalAlpha = 0.85;
    c.fillStyle = coatOf(color).dark;
    pill(c, x - w / 2, y - 11 * s, w, 22 * s, 11 * s);
    c.fillStyle = '#fff';
    c.fillText(name, x, y + 1);
    c.globalAlpha = 1;
  }

  /** An arrow at the edge for each rival that is out of sight. */
  #drawPointers(c, climb, rivals) {
    const { width: w, height: h } = this.#size;
    let above = 0;
    let below = 0;
    for (const rival of rivals) {
      if (!rival.alive) continue;
      const y = this.#y(rival.score * gap);
      if (y > 120 && y < h - 20) continue;
      const up = y <= 120;
      const sign = `${up ? '▲' : '▼'} ${short(rival.userId)} ${up ? '+' : '−'}${Math.abs(rival.score - climb.score)}`;
      c.font = font(15);
      const wide = c.measureText(sign).width + 26;
      const left = w - wide - 14;
      const top = up ? 128 + 34 * above++ : h - 140 - 34 * below++;
      c.globalAlpha = 0.92;
      c.fillStyle = coatOf(rival.color).dark;
      pill(c, left, top, wide, 28, 14);
      c.globalAlpha = 1;
      c.fillStyle = '#fff';
      c.textAlign = 'left';
      c.textBaseline = 'middle';
      c.fillText(sign, left + 13, top + 15);
    }
  }

  #drawHint(c, climb, jumper, words) {
    const s = this.#scale;
    c.fillStyle = 'rgba(255,255,255,.9)';
    for (let i = 1; i <= 7; i++) disc(c, this.#x(jumper.x), this.#y(jumper.y + 48 + i * 17), (4.4 - i * 0.3) * s);
    if (climb.at > 0 || climb.phase !== 'ride') return;
    const bob = this.#calm ? 0 : Math.sin(this.#time * 6) * 4;
    c.font = font(22 * s);
    c.textAlign = 'center';
    c.textBaseline = 'middle';
    const y = this.#y(-74) + bob;
    const w = c.measureText(words).width + 34 * s;
    c.fillStyle = '#fff';
    pill(c, this.#x(jumper.x) - w / 2, y - 21 * s, w, 42 * s, 21 * s);
    c.beginPath();
    c.moveTo(this.#x(jumper.x) - 10 * s, y - 19 * s);
    c.lineTo(this.#x(jumper.x), y - 32 * s);
    c.lineTo(this.#x(jumper.x) + 10 * s, y - 19 * s);
    c.fill();
    c.fillStyle = ink;
    c.fillText(words, this.#x(jumper.x), y + 1);
  }

  /** The ring under the jumper gives way soon. */
  #drawWarning(c, climb, now) {
    const ring = climb.ring(climb.at);
    c.strokeStyle = '#fff';
    c.lineWidth = 5 * this.#scale;
    c.lineCap = 'round';
    const rx = (ring.radius + 16) * this.#scale;
    ellipse(c, this.#x(climb.ringX(climb.at, now)), this.#y(climb.at * gap), rx, rx * 0.3, -Math.PI / 2,
      -Math.PI / 2 + Math.PI * 2 * Math.max(0, climb.holds) / 5);
  }

  #drawTrail(c) {
    for (const puff of this.#trail) {
      c.globalAlpha = 0.3 * (1 - puff.age / 0.35);
      c.fillStyle = '#fff';
      disc(c, this.#x(puff.x), this.#y(puff.y + 22), (17 - puff.age * 30) * this.#scale);
    }
    c.globalAlpha = 1;
  }

  #drawSparks(c) {
    for (const s of this.#sparks) {
      c.globalAlpha = Math.min(1, s.left / s.life * 1.6);
      c.fillStyle = s.color;
      const x = this.#x(s.x);
      const y = this.#y(s.y);
      if (s.flat) {
        c.save();
        c.translate(x, y);
        c.rotate(s.turn + s.left * 3);
        c.fillRect(-s.size / 2, -s.size / 4, s.size, s.size / 2 * (0.4 + 0.6 * Math.abs(Math.sin(s.left * 5 + s.turn))));
        c.restore();
      } else {
        disc(c, x, y, s.size * this.#scale * Math.max(0.2, s.left / s.life));
      }
    }
    c.globalAlpha = 1;
  }

  #drawWords(c) {
    for (const word of this.#words) {
      c.globalAlpha = Math.min(1, (0.9 - word.age) * 3);
      c.font = font(word.size * this.#scale);
      c.textAlign = 'center';
      c.textBaseline = 'middle';
      c.lineWidth = 5 * this.#scale;
      c.lineJoin = 'round';
      c.strokeStyle = ink;
      const y = this.#y(word.y + 40 * word.age);
      c.strokeText(word.text, this.#x(word.x), y);
      c.fillStyle = '#fff';
      c.fillText(word.text, this.#x(word.x), y);
    }
    c.globalAlpha = 1;
  }
}

function font(size) { return `600 ${size}px Fredoka, ui-rounded, system-ui, sans-serif`; }

const letters = new Intl.Segmenter();

/** A name for the canvas: not too long, and kept to itself where it runs from right to left. */
function short(name) {
  const whole = Array.from(letters.segment(name), ({ segment }) => segment);
  return `\u2068${whole.length > 12 ? `${whole.slice(0, 11).join('')}…` : name}\u2069`;
}

function body(c, up) {
  c.beginPath();
  c.moveTo(-21, -2 + up);
  c.bezierCurveTo(-30, -20 + up, -20, -46 + up, 0, -46 + up);
  c.bezierCurveTo(20, -46 + up, 30, -20 + up, 21, -2 + up);
  c.quadraticCurveTo(0, 5 + up, -21, -2 + up);
  c.fill();
}

function disc(c, x, y, r) {
  c.beginPath();
  c.arc(x, y, Math.max(0, r), 0, Math.PI * 2);
  c.fill();
}

function ellipse(c, x, y, rx, ry, from, to) {
  c.beginPath();
  c.ellipse(x, y, rx, ry, 0, from, to);
  c.stroke();
}

function pill(c, x, y, w, h, r) {
  c.beginPath();
  c.roundRect(x, y, w, h, r);
  c.fill();
}

function rgb(hex) { return [1, 3, 5].map(at => parseInt(hex.slice(at, at + 2), 16)); }

function mix(a, b, part) { return `rgb(${a.map((v, i) => Math.round(v + (b[i] - v) * part)).join(' ')})`; }

const darks = new Map(rings.map(color => [color, mix(rgb(color), rgb(ink), 0.32)]));

function darker(color) { return darks.get(color); }

function shade(color, toWhite, alpha) {
  const [r, g, b] = rgb(color).map(v => Math.round(v + (255 - v) * toWhite));
  return `rgb(${r} ${g} ${b} / ${alpha})`;
}
