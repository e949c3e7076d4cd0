/**
 * Ringleap: the page. It joins the network (gameserver.js), the rules of the climb (climb.js), the drawing (view.js), the sounds (sound.js)
 * and the words (texts.js).
 *
 * What belongs to whom: the server knows scores, deaths, results, and what an attack takes and does (`/modes`); the climb itself (where
 * the rings are, whether a leap lands) is this page's.
 *
 * In the page's address
 *   ?mode=x       the mode to play; without it `climb`
 *   ?seed=n       the course; without it everyone in a room climbs the same one, made from the room's and the players' names
 *   ?autoplay=n   the page climbs by itself, never misses, and lets go of the ring at n points. For demonstrations and tests
 *   ?pace=n       with autoplay: the climb goes n times as fast
 *
 * `window.game` shows the state, read only.
 */

import { Climb, autopilot, patience, seedOf, tick } from './climb.js';
import { GameServer, RequestError } from './gameserver.js';
import { Players } from './players.js';
import { qrCode } from './qr.js';
import { Sound } from './sound.js';
import { isolated, language, languages, otherLanguages, speak, text, translate, write } from './texts.js';
import { View, coatOf } from './view.js';

const battleKey = 'ringleap.battle';
const sessionKey = 'ringleap.session';

/** How long the hands must be still before a new screen listens to them, in milliseconds. */
const stillness = 450;

const address = new URLSearchParams(location.search);
const mode = address.get('mode') || 'climb';
const fixedSeed = address.has('seed') ? Number(address.get('seed')) >>> 0 : null;
const goal = address.has('autoplay') ? Number(address.get('autoplay')) : null;
const pace = goal !== null && Number(address.get('pace')) || 1;

const $ = id => document.getElementById(id);
const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
const view = new View($('stage'), calm);
const sound = new Sound();
const players = new Players();

/** Milliseconds that no change of the machine's clock touches, and that a page after a reload can go on with. */
const now = () => performance.timeOrigin + performance.now();

let screen = null;
let server = null;
let rules = null;        // the mode's, as the server has them
let entering = false;    // a player is on the way in
let nameless = false;    // a guest, whom the server names
let goodbye = null;      // the farewell of the player who left, still on its way
let replacedOn = 'home'; // the screen that another connection took over from
let battle = null;
let last = { result: null, record: null };
let met = false;         // the server has welcomed this player
let reconnects = 0;
let attempt = 0;
let slow = false;        // the server is there, and does not answer
let away = false;        // the connection is down for long enough that the player is told; the climb stands still

// The rules ----------------------------------------------------------------------------------------------------------------------

/** Asks the server for the rules; they may have changed since the last time. Without the mode there are none. */
async function learn() {
  const { modes } = await new GameServer().modes();
  const mine = modes[mode];
  rules = mine ? {
    size: mine.room_size, threshold: mine.attack_threshold, cost: mine.attack_cost, charge: mine.attack_charge ?? 0,
    // Where the server holds nobody, the page alone shows a freeze.
    freeze: 1000 * (mine.freeze_seconds || 3), grace: 1000 * mine.battle_grace_seconds,
  } : null;
  tellRules();
}

function tellRules() {
  const many = rules?.size > 2;
  write($('lead'), many ? 'lead.many' : 'lead', { count: rules?.size });
  const lines = [['rules.leap'], ['rules.fall', { seconds: patience }]];
  if (rules) {
    const seconds = rules.freeze / 1000;
    const needed = Math.max(rules.threshold, rules.cost);
    if (rules.charge > 0) lines.push(['rules.attack', { points: rules.charge, seconds }]);
    else if (needed > 0) lines.push(['rules.score', { points: needed, seconds }]);
    else lines.push(['rules.free', { seconds }]);
    if (rules.cost > 0) lines.push(['rules.cost', { points: rules.cost }]);
  }
  for (const list of document.querySelectorAll('.rules')) {
    list.replaceChildren(...lines.map(([key, values]) => {
      const line = document.createElement('li');
      write(line, key, values);
      return line;
    }));
  }
}

/** The score that the n-th attack needs. */
const scoreFor = n => Math.max(rules.threshold, rules.cost, rules.charge * n);

/** How the next attack stands: points still missing, how full the snowflake is, and how many attacks are ready. */
function charge() {
  if (!battle || !rules) return { missing: Infinity, part: 0, ready: 0 };
  const needed = scoreFor(battle.attacks + 1);
  const missing = Math.max(0, needed - battle.score);
  const from = rules.charge > 0 ? Math.min(needed, rules.charge * battle.attacks) : 0;
  const part = missing === 0 ? 1 : Math.max(0, battle.score - from) / (needed - from);
  const ready = missing > 0 ? 0 : rules.charge > 0 ? Math.floor(battle.score / rules.charge) - battle.attacks : 1;
  return { missing, part, ready };
}

// The battle ---------------------------------------------------------------------------------------------------------------------

/** A battle as this page knows it. `kept` is what a page before a reload wrote down. */
function newBattle(room, kept = null) {
  return {
    room, climb: null, peers: new Map(kept?.peers ?? []), attacks: kept?.attacks ?? 0, spent: kept?.spent ?? 0,
    frozenUntil: kept?.frozenUntil ?? 0, freezes: kept?.freezes ?? 0, score: kept?.score ?? 0, reported: kept?.reported ?? 0,
    dead: kept?.dead ?? false, stopped: kept?.stopped ?? false, server: kept?.server ?? null, here: null, target: null, sending: null,
    iced: new Map(),
  };
}

const frozenFor = () => (battle && !battle.dead ? Math.max(0, battle.frozenUntil - now()) : 0);
const isIced = ({ userId }) => (battle.iced.get(userId) ?? 0) > now();
const rivals = () => (battle ? [...battle.peers.values()] : []);
const alive = () => rivals().filter(each => each.alive);
const best = among => among.toSorted((a, b) => b.score - a.score)[0] ?? null;
const canAttack = () => screen === 'playing' && !away && charge().missing === 0 && frozenFor() === 0 && alive().length > 0;

/** Nobody can take the win away any more. */
const decided = () => screen === 'playing' && rivals().length > 0 && alive().length === 0 && battle.score > best(rivals()).score;

/** The one shown at the top and attacked: who was chosen, else the best of those alive, or of all. */
function rival() {
  const chosen = battle?.peers.get(battle.target);
  return chosen?.alive ? chosen : best(alive()) ?? best(rivals());
}

/** A rival, new ones too. Each has a colour of its own, by the order of their names. */
function peer(userId) {
  if (!battle.peers.has(userId)) {
    battle.peers.set(userId, { userId, score: 0, alive: true, left: false, connected: true, until: null, color: 0 });
    rivals().toSorted((a, b) => (a.userId < b.userId ? -1 : 1)).forEach((each, i) => { each.color = i; });
  }

  return battle.peers.get(userId);
}

function keep() {
  if (!battle) {
    sessionStorage.removeItem(battleKey);
    return;
  }
  const { room, attacks, spent, frozenUntil, freezes, score, reported, dead, stopped, server: place } = battle;
  sessionStorage.setItem(battleKey, JSON.stringify({
    screen, room, attacks, spent, frozenUntil, freezes, score, reported, dead, stopped, server: place, peers: [...battle.peers],
  }));
}

function startClimb() {
  const names = [server.userId, ...battle.peers.keys()].sort();
  battle.climb = new Climb(fixedSeed ?? seedOf([battle.room, ...names].join('\n')), battle.score + battle.spent);
}

function begin() {
  startClimb();
  show('playing');
  sound.matched();
  $('versus').hidden = false;
  setTimeout(() => { $('versus').hidden = true; }, 1600);
  showVersus();
}

/** Who climbs against whom; told anew when the next of several rivals is named. */
function showVersus() {
  const names = rivals().map(each => each.userId);
  $('versus-me').textContent = server.userId;
  if (names.length > 1) write($('versus-word'), 'versus.players', { count: names.length + 1 });
  else write($('versus-word'), 'versus');
  $('versus-rivals').replaceChildren(...rivals().map(each => {
    const name = document.createElement('b');
    paint(name, each);
    name.append(isolated(each.userId));
    return name;
  }));
  announce('tell.begin', { names });
}

function paint(element, { color }) {
  const { body, dark } = coatOf(color);
  element.style.setProperty('--coat', body);
  element.style.setProperty('--coat-dark', dark);
}

function scored() {
  const before = charge().ready;
  battle.score = Math.max(0, battle.climb.score - battle.spent);
  if (charge().ready > before && alive().length > 0) sound.charged();
  keep();
  report();
}

/**
 * Tells the server the score until it knows the newest. One request at a time: what was reached meanwhile goes with the next.
 * Resolves true when there is nothing left to tell.
 */
function report() {
  const mine = battle;
  mine.sending ??= (async () => {
    try {
      while (mine === battle && mine.reported !== mine.score) {
        const score = mine.score;
        try {
          await server.syncScore(score);
          mine.reported = score;
        } catch (error) {
          if (!await bearable(error, mine)) return false;
        }
      }
      return mine === battle;
    } finally {
      mine.sending = null;
    }
  })();
  return mine.sending;
}

/** True if the request may be sent again now. */
async function bearable(error, mine) {
  switch (error.code) {
    case 'frozen': case 'rate_limited': case 'unavailable': case 'timeout':
      await new Promise(done => setTimeout(done, 500));
      return true;
    case 'session_lost':
      return true;
    case 'dead':
      if (mine === battle) died();
      return false;
    case 'not_in_room': case 'no_opponent':
      if (mine === battle && (screen === 'playing' || screen === 'dead')) lost();
      return false;
    default:
      if (error.code !== 'not_connected') toastError(error);
      return false;
  }
}

async function die() {
  const mine = battle;
  died();
  if (!await report() && mine !== battle) return;
  while (mine === battle) {
    try {
      await server.die();
      return;
    } catch (error) {
      if (!await bearable(error, mine)) return;
    }
  }
}

/** The rivals are out and behind: the player takes the win instead of climbing on until the fall. */
function finish() {
  if (!decided()) return;
  battle.stopped = true;
  die();
}

/** This player is dead, whoever said so first. */
function died() {
  if (battle.dead) return;
  battle.dead = true;
  if (screen === 'playing') show('dead');
  keep();
  announce(battle.stopped ? 'stopped' : 'fallen', { score: battle.score });
}

/** The server knows of no battle: it ended while nobody could tell us. */
function lost() {
  goHome();
  toast('toast.over');
}

async function attack() {
  if (!canAttack()) return;
  const mine = battle;
  const victim = rival().userId;
  mine.attacks++;
  mine.spent += rules.cost;
  mine.score -= rules.cost;
  keep();
  view.threw();
  sound.threw();
  try {
    await report(); // What there is to pay with, the server must know first.
    await server.attack(mine.peers.size > 1 ? victim : undefined);
    mine.iced.set(victim, now() + rules.freeze);
    announce('tell.iced', { name: victim });
  } catch (error) {
    if (mine !== battle) return;
    if (error.code !== 'session_lost' && error.code !== 'timeout') { // Refused: nothing is spent.
      mine.attacks--;
      mine.spent -= rules.cost;
      mine.score += rules.cost;
      report();
    }
    keep();
    toastError(error);
  }
}

function frozen() {
  if (battle.dead) return;
  battle.frozenUntil = now() + (rules?.freeze ?? 3000);
  battle.freezes++;
  view.froze();
  sound.froze();
  if (!calm && navigator.userActivation?.hasBeenActive) navigator.vibrate?.([60, 40, 120]);
  announce('tell.frozen');
  keep();
}

async function settled(result) {
  const me = { userId: server.userId, score: battle.score, me: true };
  const standings = [me, ...rivals()].toSorted((a, b) => b.score - a.score);
  last = { result, record: null, standings: standings.map(({ userId, score }) => ({ userId, score })) };
  $('result').dataset.result = result;
  write($('result'), result);
  write($('result-text'), ...sentence(result, me));
  $('standings').replaceChildren(...standings.map(each => standing(each, 1 + standings.findIndex(other => other.score === each.score))));
  $('record').textContent = '';
  battle.dead = true;
  show('settled');
  if (result === 'WIN') view.cheer();
  sound.ended(result);
  keep();
  $('announcer').replaceChildren(`${text(result)}. `, ...Array.from($('result-text').childNodes, node => node.cloneNode(true)));
  const record = await server.record().catch(() => null); // Only an extra: without it the line stays empty.
  if (!record || screen !== 'settled') return;
  last.record = record;
  tellRecord($('record'), record);
}

/** What happened, in a sentence that is true for two players and for many. */
function sentence(result, me) {
  const others = rivals();
  const count = others.length + 1;
  const top = others.filter(each => each.score === best(others).score);
  const [{ userId: name, left }] = top;
  switch (result) {
    case 'WIN':
      return others.length > 1 ? ['result.win.many', { count }] : [left ? 'result.win.left' : 'result.win.one', { name }];
    case 'DRAW':
      return others.length > 1 ? ['result.draw.many', { names: top.map(each => each.userId) }] : ['result.draw.one', { name }];
    default:
      if (best(others).score < me.score) return ['result.lose.short']; // The last rings were never told to the server.
      if (top.length > 1) return ['result.lose.shared', { names: top.map(each => each.userId) }];
      return others.length > 1 ? ['result.lose.many', { name, count }] : ['result.lose.one', { name }];
  }
}

function standing(each, place) {
  const row = document.createElement('div');
  row.className = `standing ${each.me ? 'me' : 'rival'}`;
  if (!each.me) paint(row, each);
  const number = document.createElement('span');
  number.className = 'place';
  number.textContent = `${place}.`;
  const face = document.createElement('span');
  face.className = 'face';
  const name = document.createElement('b');
  name.append(isolated(each.userId));
  const points = document.createElement('output');
  points.textContent = each.score;
  row.append(number, face, name, points);
  if (each.left) {
    const note = document.createElement('small');
    write(note, 'rival.left');
    name.after(note);
  }

  return row;
}

function tellRecord(element, { wins = 0, losses = 0, draws = 0 }) { write(element, 'record', { wins, losses, draws }); }

// The connection -----------------------------------------------------------------------------------------------------------------

function listen() {
  const mine = server;
  const on = (event, handler) => mine.on(event, detail => { if (mine === server) handler(detail); });
  const inBattle = (event, handler) => on(event, detail => {
    if (!battle) return;
    handler(detail);
    keep();
  });
  on('joinroom', ({ data }) => {
    if (battle?.room === data && screen !== 'waiting') return; // Told again on coming back.
    battle = { ...newBattle(data), here: battle?.here ?? null };
    show('waiting');
  });
  on('waiting', ({ data }) => {
    if (!battle || screen !== 'waiting') return;
    battle.here = data;
    showWaiting();
  });
  on('peer_player_id', ({ data }) => {
    if (!battle || screen === 'settled' || screen === 'home') return;
    const known = battle.peers.has(data);
    peer(data);
    if (screen === 'waiting') begin();
    else if (!known) {
      if (battle.score === 0) startClimb(); // One more in a battle of several.
      showVersus();
    }
    keep();
  });
  inBattle('player_syncscore', ({ data, from }) => {
    const who = from ? peer(from) : rival();
    if (who) who.score = data;
  });
  inBattle('attacked', frozen);
  inBattle('player_died', ({ data, left = false }) => {
    const dead = data === 'all' && !battle.peers.has('all') ? alive() : [peer(data)];
    for (const each of dead) {
      Object.assign(each, { alive: false, left: each.left || left });
      if (screen === 'playing') announce(left ? 'tell.left' : 'tell.fell', { name: each.userId });
    }
  });
  inBattle('battle_server', ({ data }) => { battle.server = data; });
  inBattle('peer_disconnected', ({ data }) => dropped(data.user_id));
  inBattle('peer_reconnected', ({ data }) => Object.assign(peer(data.user_id), { connected: true, until: null }));
  on('battle_settlement', ({ data }) => {
    if (battle) settled(data);
    else toast('toast.away', { result: text(data) });
  });
  on('snapshot', ({ data }) => takeSnapshot(data));
  on('error', toastError);
  on('token', ({ userId, token }) => players.remember({ name: userId, token }));
  on('slow', detail => {
    slow = detail.slow;
    notice();
  });
  on('state', detail => {
    attempt = detail.attempt;
    if (detail.state === 'open') quietToast();
    notice();
  });
  on('session', ({ userId, resumed }) => {
    met = true;
    if (resumed) reconnects++;
    players.claim(userId); // A guest learns the name only now; no other window can have it.
    if (screen === 'waiting') showWaiting();
    catchUp();
  });
  on('ended', ({ why }) => {
    away = slow = false;
    if (why === 'replaced') {
      if (screen !== 'replaced') replacedOn = screen;
      return show('replaced');
    }
    if (screen !== 'home') goHome();
    if (why !== 'closed') toast(why === 'refused' ? 'toast.name.refused' : nameless ? 'toast.guest' : 'toast.name.taken');
  });
}

/** A rival's connection is gone. How long it may come back is counted here: clocks of two machines differ. */
function dropped(userId) {
  Object.assign(peer(userId), { connected: false, until: rules ? now() + rules.grace : null });
}

/** Tells of the connection, once it is down for longer than a blink; at once if it never was up and an attempt has failed. */
function notice() {
  const down = ['connecting', 'waiting'].includes(server?.state) && (met || attempt > 0);
  if (!down && !slow) {
    away = false;
    return;
  }

  if (screen !== 'home' && screen !== 'replaced' && !away) setTimeout(() => { away = isDown(); }, 250);
}

const isDown = () => Boolean(server) && (slow || ['connecting', 'waiting'].includes(server.state) && (met || attempt > 0));

/**
 * After a reconnect or a reload: tells the server again what it may not have heard. The answer comes behind the pushes that were missed
 * and also tells whether the battle, or the place in the queue, still is.
 */
async function catchUp() {
  const mine = battle;
  if (mine?.climb && (screen === 'playing' || screen === 'dead')) {
    mine.reported = -1;
    if (await report() && mine === battle && mine.dead) die();
  } else if (mine && screen === 'waiting') {
    try {
      await server.syncScore(0); // Taken: the battle has begun, and 0 is the score.
    } catch (error) {
      if (error.code === 'not_in_room' && mine === battle && screen === 'waiting') join();
    }
  }
}

/** Queues for a battle, until it is done or the player does not want it any more. */
async function join() {
  const mine = server;
  while (mine === server && screen === 'waiting') {
    try {
      await mine.joinRoom(mode);
      return;
    } catch (error) {
      if (mine !== server || screen !== 'waiting') return;
      if (!['session_lost', 'unavailable', 'timeout', 'rate_limited'].includes(error.code)) {
        goHome();
        toastError(error);
      }
      await new Promise(done => setTimeout(done, 500));
    }
  }
}

/** The whole state at once, because too much was missed to send it piece by piece. */
function takeSnapshot({ state, room, you, peers, battle_server: place, record }) {
  if (state === 'battle') {
    const fresh = !battle || battle.room !== room || screen === 'waiting' || screen === 'settled';
    if (fresh) battle = newBattle(room);
    battle.attacks = you.attacks ?? battle.attacks;
    battle.spent = battle.attacks * (rules?.cost ?? 0);
    // A page that has just been opened knows no score; one that missed something knows its own better than the server does.
    const behind = you.score > battle.score;
    if (behind) Object.assign(battle, { score: you.score, reported: you.score });
    for (const each of peers) {
      Object.assign(peer(each.user_id), { score: each.score, alive: each.alive, connected: true, until: null });
      if (!each.connected) dropped(each.user_id);
    }
    battle.server = place ?? battle.server;
    if (fresh) begin();
    else if (behind) startClimb();
    if (!you.alive) died();
  } else if (state === 'waiting') {
    battle = newBattle(room);
    show('waiting');
  } else if (battle && (screen === 'playing' || screen === 'dead')) {
    const result = record?.last?.result?.toUpperCase?.();
    if (result) settled(result);
    else lost();
  }
  keep();
}

/** Connects, new or again, and does what comes then. */
async function connect(then) {
  const mine = server;
  try {
    await mine.connect();
    await then?.();
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    if (mine === server && screen !== 'replaced') goHome(); // `ended` has told why.
  }
}

/** From the name to the queue: whatever is in the way is told on the first screen. */
async function enter(name) {
  if (server || entering) return;
  entering = true;
  quietToast();
  showEntering();
  const problem = await prepare(name);
  entering = false;
  showEntering();
  if (problem) {
    toast(...problem);
    if (problem[0] !== 'toast.unreachable' && name) $('name').select();
    return;
  }

  nameless = name === null;
  met = false;
  attempt = 0;
  server = new GameServer({
    userId: name, token: name && players.find(name).token, storage: sessionStorage, storageKey: sessionKey,
  });
  listen();
  show('waiting');
  connect(join);
}

/** What keeps a player from playing, as the arguments of a toast; null if nothing does. */
async function prepare(name) {
  await goodbye;
  if (name !== null) {
    if (name.length > 64 || new TextEncoder().encode(name).length > 128) return ['toast.name.long'];
    if (!await players.claim(name)) return ['toast.name.here', { name }];
  }

  try {
    await learn();
    if (!rules) return ['toast.mode', { mode }];
    if (name === null) return null;
    const { created, token } = await new GameServer().createUser(name);
    players.remember(created ? { name, token } : players.find(name));
    return null;
  } catch (error) {
    switch (error.code) {
      case 'rate_limited': return ['error.rate_limited'];
      case 'unavailable': return ['error.unavailable'];
      case 'bad_message': return ['toast.name.refused'];
      default: return ['toast.unreachable'];
    }
  }
}

function playAgain() {
  battle = null;
  show('waiting');
  join();
  learn().catch(() => { }); // The rules that are known go on; the connection tells if there is no server any more.
}

/** Leaves the queue or the battle, for good. */
function leave() {
  const mine = server;
  const told = mine?.state === 'open' ? mine.exitRoom() : null;
  const farewell = async () => {
    // Not in a room any more is where we wanted to be; all else the server sees when the connection closes.
    await Promise.race([told?.catch(() => { }), new Promise(done => setTimeout(done, 2000))]);
    mine?.close();
    goodbye = null;
  };
  server = null;
  goodbye = farewell();
  goHome();
}

function goHome() {
  const mine = server;
  server = battle = null;
  away = slow = false;
  mine?.close();
  players.release();
  keep();
  sessionStorage.removeItem(sessionKey);
  show('home');
}

/** A reload: goes on where the page before it was. */
async function resume() {
  const saved = GameServer.saved(sessionStorage, sessionKey);
  let kept;
  try {
    kept = JSON.parse(sessionStorage.getItem(battleKey) ?? 'null');
  } catch {
    kept = null; // Not ours: as if nothing was there.
  }

  // A tab that was duplicated has a copy of the other one's session. It is a player of its own.
  const mine = saved && ['waiting', 'playing', 'dead'].includes(kept?.screen) && await players.claim(saved.userId);
  if (!mine) {
    sessionStorage.removeItem(sessionKey);
    sessionStorage.removeItem(battleKey);
    show('home');
    return;
  }

  const { name, token } = players.find(saved.userId);
  nameless = !players.known.some(player => player.name === name);
  server = new GameServer({ token, storage: sessionStorage, storageKey: sessionKey });
  met = true;
  battle = newBattle(kept.room, kept);
  if (kept.screen !== 'waiting') startClimb();
  listen();
  show(kept.screen);
  connect();
}

// The screen ---------------------------------------------------------------------------------------------------------------------

function show(next) {
  const before = screen;
  screen = next;
  document.body.dataset.screen = next;
  const climbing = next === 'playing' || next === 'dead';
  for (const id of ['home', 'waiting', 'settled', 'replaced']) $(id).hidden = next !== id;
  $('hud').hidden = !climbing;
  $('controls').hidden = next !== 'playing';
  $('fallen').hidden = next !== 'dead';
  $('finish').hidden = true;
  if (before !== next) quietToast();
  if (next === 'home') showHome();
  if (next === 'waiting') showWaiting();
  if (next === 'settled' || next === 'home') $('versus').hidden = true;
  if (before !== next) {
    const panel = { playing: 'controls', dead: 'fallen' }[next] ?? next;
    if (before === null) focusOn(next);
    else hush($(panel), next !== 'playing', () => focusOn(next));
  }

  if (server && (next === 'waiting' || climbing)) keep();
}

/**
 * The keyboard begins at a screen's title, not at a button: a key that is pressed in the rhythm of the climb must not press anything.
 * Only the name is at hand at once, but where that would cover half of the screen with keys.
 */
function focusOn(next) {
  const title = { waiting: 'waiting-title', playing: 'stage', dead: 'fallen-title', settled: 'result', replaced: 'replaced-title' }[next];
  if (title) $(title).focus({ preventScroll: true });
  else if (!matchMedia('(pointer: coarse)').matches) $('name').focus({ preventScroll: true });
}

let hushed = null;

/**
 * Keeps what a player meant for the screen before from reaching this one: its controls come alive once the hands were still for a moment.
 * Whoever goes on tapping (`patient`) has not seen the new screen yet; a climb begins in any case.
 */
function hush(element, patient, then) {
  if (hushed) clearTimeout(hushed.timer);
  if (hushed && hushed.element !== element) hushed.element.inert = false;
  const wake = () => {
    hushed = null;
    element.inert = false;
    then?.();
  };
  element.inert = true;
  hushed = { element, patient, wake, timer: setTimeout(wake, stillness) };
}

for (const hand of ['keydown', 'pointerdown']) {
  addEventListener(hand, () => {
    sound.wake();
    if (!hushed?.patient) return;
    clearTimeout(hushed.timer);
    hushed.timer = setTimeout(hushed.wake, stillness);
  }, { capture: true });
}
addEventListener('pointerup', () => sound.wake(), { capture: true }); // A finger counts as a gesture only when it is lifted.

async function showHome() {
  showEntering();
  $('home-record').hidden = true;
  await suggestName();
  const name = $('name').value.trim();
  if (!name) return;
  const record = await new GameServer().record(name).catch(() => null); // Only an extra: without it the line stays away.
  if (!record || screen !== 'home') return;
  tellRecord($('home-record'), record);
  $('home-record').hidden = false;
}

let suggesting = null;

/** Fills in who played here last, if no other window plays that name and none is typed meanwhile. */
async function suggestName() {
  if ($('name').value) return;
  const name = await (suggesting ??= players.suggested().finally(() => { suggesting = null; }));
  if (!$('name').value && name) $('name').value = name;
}

/** Play answers at once, however long the server takes. */
function showEntering() {
  write($('play'), entering ? 'connecting' : 'play');
  for (const id of ['play', 'guest']) $(id).disabled = entering;
}

function showWaiting() {
  const many = rules?.size > 2;
  const queued = Boolean(battle);
  write($('waiting-title'), !queued ? 'connecting' : many ? 'waiting.many' : 'waiting');
  $('waiting-count').hidden = !queued || !many;
  if (many) write($('waiting-count'), battle?.here ? 'waiting.count' : 'waiting.size', { here: battle?.here, size: rules.size });
  $('invite').hidden = !queued;
  if (queued) showInvitation();
}

let outside; // where others reach this server; null: nowhere

/**
 * How a second player gets here. An address is told only if it works: the one this page came from, if that is not this machine alone, or
 * one that the server says it listens at.
 */
async function showInvitation() {
  outside ??= await outsideAddress();
  write($('invite-text'), outside ? 'invite.address' : 'invite.window');
  $('invite-address').hidden = $('invite-code').hidden = !outside;
  if (!outside || $('invite-address').textContent === outside) return;
  $('invite-address').textContent = outside;
  drawCode($('invite-code'), qrCode(outside));
}

async function outsideAddress() {
  const here = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(location.hostname);
  const query = address.has('mode') ? `?mode=${encodeURIComponent(mode)}` : '';
  if (!here) return `${location.origin}/${query}`;
  try {
    const { addresses: [first] } = await (await fetch('addresses', { signal: AbortSignal.timeout(5000) })).json();
    return first ? first + query : null;
  } catch {
    return null; // The server does not say: a second window is always possible.
  }
}

function drawCode(canvas, code) {
  canvas.hidden = !code;
  if (!code) return;
  const quiet = 4;
  canvas.width = canvas.height = code.length + 2 * quiet;
  const context = canvas.getContext('2d');
  context.fillStyle = '#fff';
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.fillStyle = '#000';
  code.forEach((row, y) => row.forEach((dark, x) => { if (dark) context.fillRect(x + quiet, y + quiet, 1, 1); }));
}

let toasts = 0;

/** Tells of an error, for as long as it is one: until the next screen, the next try, or the connection is back. */
function toast(key, values) {
  write($('toast'), key, values);
  $('toast').hidden = false;
  clearTimeout(toasts);
  toasts = setTimeout(quietToast, 6000);
}

function quietToast() {
  clearTimeout(toasts);
  $('toast').hidden = true;
}

/** The server's words are for whoever writes a client; a player gets the page's, in the right language. */
function toastError({ code }) {
  const key = `error.${code}`;
  if (key in languages.en) toast(key);
  else toast('error.other', { code });
}

function announce(key, values) { write($('announcer'), key, values); }

/** Writes a number or a name only where it changed, so that nothing is laid out anew for nothing. */
function set(id, value) {
  const element = $(id);
  const changed = element.textContent !== String(value);
  if (changed) element.textContent = value;
  return changed;
}

function label(element, key) {
  element.dataset.label = key;
  element.setAttribute('aria-label', text(key));
}

function bump(id) {
  $(id).classList.remove('bump');
  requestAnimationFrame(() => $(id).classList.add('bump'));
}

function showState() {
  const ice = frozenFor();
  document.body.classList.toggle('frozen', ice > 0 && screen === 'playing');
  $('frozen').hidden = !(ice > 0 && screen === 'playing');
  if (ice > 0) set('thaw', (ice / 1000).toFixed(1));
  showConnection();
  const climbing = screen === 'playing' || screen === 'dead';
  $('server').hidden = !battle?.server || screen !== 'playing';
  if (!battle || !climbing) return;
  set('my-name', server.userId);
  if (set('my-score', battle.score)) bump('my-score');
  const first = rival();
  if (first) showRival(first);
  $('rivals').hidden = battle.peers.size < 2;
  if (battle.peers.size > 1) showRivals(first);
  if (screen === 'dead') showFallen();
  else showAttack(first, ice);
  if (battle.server) set('server', `⚡ ${battle.server.dns || battle.server.ips?.[0]}:${battle.server.port}`);
}

function showConnection() {
  if ($('reconnecting').hidden === away) {
    $('reconnecting').hidden = !away;
    if (away) hush($('reconnecting'), true);
  }

  if (!away) return;
  const why = slow && server?.state === 'open' ? 'slow' : met ? 'reconnecting' : 'unreachable';
  write($('reconnecting-title'), why);
  write($('reconnecting-text'), attempt > 3 && why !== 'slow' ? `${why}.attempt` : `${why}.text`, { attempt });
  write($('give-up'), met ? 'leave' : 'back');
}

function showRival(first) {
  set('rival-name', first.userId);
  if (set('rival-score', first.score)) bump('rival-score');
  write($('rival-state'), ...stateOf(first));
  paint($('rival'), first);
  $('rival').classList.toggle('dead', !first.alive);
  $('rival').classList.toggle('iced', isIced(first) && first.alive);
  $('rival').classList.toggle('away', !first.connected);
}

/** What a rival is up to, in words that are true. */
function stateOf(each) {
  if (!each.alive) return [each.left ? 'rival.left' : 'rival.fell'];
  if (!each.connected) {
    const seconds = Math.ceil((each.until - now()) / 1000);
    return each.until && seconds > 0 ? ['rival.offline.for', { seconds }] : ['rival.offline'];
  }

  if (isIced(each)) return ['rival.frozen'];
  if (battle.peers.size === 1) return ['rival'];
  return each.userId === battle.target ? ['target'] : ['rival.best', { count: battle.peers.size }];
}

/** One button for each of several rivals: a tap chooses whom to freeze. */
function showRivals(first) {
  const list = $('rivals');
  const wanted = rivals();
  if (list.children.length !== wanted.length) {
    list.replaceChildren(...wanted.map(({ userId }) => {
      const button = document.createElement('button');
      button.type = 'button';
      button.className = 'chip rival';
      button.append(Object.assign(document.createElement('span'), { className: 'face' }), isolated(userId), document.createElement('output'));
      button.addEventListener('click', event => {
        battle.target = userId;
        if (event.detail > 0) $('stage').focus({ preventScroll: true });
      });
      return button;
    }));
  }

  wanted.forEach((each, i) => {
    const button = list.children[i];
    if (button.style.getPropertyValue('--coat') !== coatOf(each.color).body) paint(button, each);
    const score = button.lastElementChild;
    if (score.textContent !== String(each.score)) score.textContent = each.score;
    button.disabled = !each.alive;
    button.classList.toggle('dead', !each.alive);
    button.classList.toggle('iced', isIced(each) && each.alive);
    button.classList.toggle('away', !each.connected);
    button.setAttribute('aria-pressed', String(each === first));
    const told = text('rival.choose', { name: each.userId, score: each.score, state: text(...stateOf(each)) });
    if (button.getAttribute('aria-label') !== told) button.setAttribute('aria-label', told);
  });
}

function showFallen() {
  write($('fallen-title'), battle.stopped ? 'stopped' : 'fallen', { score: battle.score });
  const left = alive();
  const first = best(left);
  if (!first) write($('fallen-rivals'), 'fallen.wait');
  else write($('fallen-rivals'), left.length > 1 ? 'fallen.many' : 'fallen.one', { name: first.userId, count: left.length, score: first.score });
}

function showAttack(first, ice) {
  const { missing, part, ready } = charge();
  const nobody = rivals().length > 0 && alive().length === 0;
  const win = decided();
  $('attack').hidden = nobody;
  if ($('finish').hidden === win) {
    $('finish').hidden = !win;
    if (win) hush($('finish'), true); // It comes up where the snowflake was.
  }

  $('attack').disabled = !canAttack();
  $('attack').style.setProperty('--charge', part);
  $('attack-count').hidden = ready < 2;
  set('attack-count', `×${ready}`);
  write($('attack-hint'), ...hint(first, { ice, missing, nobody, win }));
}

function hint(first, { ice, missing, nobody, win }) {
  if (win) return ['finish.hint'];
  if (nobody) {
    return rivals().length > 1 ? ['rivals.out.many', { score: best(rivals()).score }]
      : ['rivals.out.one', { name: first.userId, score: first.score }];
  }

  if (ice > 0) return ['attack.hold'];
  if (missing > 0) return Number.isFinite(missing) ? ['attack.missing', { points: missing }] : ['attack.hold'];
  if (rivals().length > 1) return ['attack.ready.name', { name: first.userId }];
  return [hasKeys() ? 'attack.ready.key' : 'attack.ready'];
}

const hasKeys = () => matchMedia('(hover: hover)').matches;

function showCorner() {
  const [other] = otherLanguages();
  $('speak').textContent = languages[other].language;
  $('speak').lang = other;
  $('mute').setAttribute('aria-pressed', String(sound.muted));
  label($('mute'), sound.muted ? 'sound.on' : 'sound.off');
}

// Time ---------------------------------------------------------------------------------------------------------------------------

/** Behind the panels a climb plays itself. */
let showcase = new Climb(7);

let before = performance.now();
let owed = 0;

/** The climb moves in fixed ticks, whatever the screen's rate; a slow frame slows the climb instead of skipping over a tap. */
function frame(time) {
  const elapsed = Math.max(0, Math.min(0.1, (time - before) / 1000));
  before = time;
  const playing = Boolean(battle?.climb) && (screen === 'playing' || screen === 'dead');
  const climb = playing ? battle.climb : showcase;
  const still = playing ? away || frozenFor() > 0 || battle.stopped : calm;
  if (!still) owed += elapsed * (playing ? pace : 1);
  while (owed >= tick) {
    owed -= tick;
    step(climb, playing);
  }
  showState();
  view.draw({
    climb, elapsed, ahead: still ? 0 : owed, frozen: playing && frozenFor() > 0,
    hint: screen !== 'playing' || climb.score >= 3 ? null : hasKeys() ? 'hint.key' : 'hint.tap',
    centre: playing ? { x: 0.5, y: 0.67 } : besidePanel(), watch: rival()?.alive ? rival().score : null,
    // The rings say where everybody is; where attacks take points the climber stands higher than the score.
    rivals: playing ? rivals().map(each => ({ ...each, frozen: isIced(each) })) : [],
  });
  thaw(climb);
  requestAnimationFrame(frame);
}

/** Where a climb can be seen while a panel is up: beside it on a wide screen, above it on a tall one. */
function besidePanel() { return innerWidth > 900 ? { x: 0.24, y: 0.67 } : { x: 0.5, y: 0.29 }; }

function step(climb, playing) {
  if (playing && battle.dead) climb.letGo(); // The server knew before the climb did.
  if (!playing) autopilot(climb, 60);
  else if (goal !== null && screen === 'playing') autopilot(climb, goal);
  const held = Math.ceil(climb.holds);
  const event = climb.step();
  if (event === 'land') {
    const perfect = view.landed(climb);
    if (playing && !battle.dead) {
      sound.landed(climb.score, perfect);
      scored();
    }
  } else if (event === 'miss' || event === 'crumble') {
    view.fell();
    if (playing) sound.fell();
  } else if (event === 'dead') {
    if (!playing) showcase = new Climb(showcase.seed + 1);
    else if (!battle.dead) die();
  } else if (playing && !battle.dead && held <= 4 && Math.ceil(climb.holds) < held) {
    sound.warned();
  }
}

let wasFrozen = false;

function thaw(climb) {
  const isFrozen = frozenFor() > 0;
  if (wasFrozen && !isFrozen && screen === 'playing') {
    view.thawed(climb);
    sound.thawed();
  }

  wasFrozen = isFrozen;
}

function jump() {
  if (screen !== 'playing' || away || frozenFor() > 0 || !battle.climb || $('controls').inert) return;
  if (!battle.climb.jump()) return;
  view.leapt(battle.climb);
  sound.leapt();
}

// Hands --------------------------------------------------------------------------------------------------------------------------

addEventListener('pointerdown', event => {
  if (screen !== 'playing' || event.button !== 0 || event.target.closest('button, a')) return;
  event.preventDefault();
  jump();
});

addEventListener('keydown', event => {
  if (screen !== 'playing' || event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
  const onButton = event.target.closest?.('button');
  if (['Space', 'ArrowUp', 'KeyW'].includes(event.code) && !onButton) {
    event.preventDefault();
    jump();
  } else if (event.code === 'KeyF' || event.code === 'ArrowRight') {
    event.preventDefault();
    if (!$('controls').inert) attack();
  } else if (event.code === 'KeyM') {
    $('mute').click();
  } else if (/^Digit[1-9]$/.test(event.code) && battle.peers.size > 1) {
    $('rivals').children[Number(event.code.at(-1)) - 1]?.click();
  }
});

$('enter').addEventListener('submit', async event => {
  event.preventDefault();
  await suggesting; // The name may be about to be filled in.
  const name = $('name').value.trim().normalize('NFC');
  if (name) enter(name);
  else {
    toast('toast.name');
    $('name').focus();
  }
});

$('name').addEventListener('input', quietToast);
$('guest').addEventListener('click', () => enter(null));
$('cancel').addEventListener('click', leave);
$('settled-leave').addEventListener('click', leave);
$('fallen-leave').addEventListener('click', leave);
$('give-up').addEventListener('click', leave);
$('replaced-leave').addEventListener('click', () => goHome());
$('again').addEventListener('click', playAgain);
$('finish').addEventListener('click', finish);

$('attack').addEventListener('click', event => {
  attack();
  if (event.detail > 0) $('stage').focus({ preventScroll: true }); // Clicked, not pressed by key: Space leaps again.
});

let calming = 0;

/** Leaving costs the battle: the first press asks, and only one that comes after the question was seen answers it. */
$('leave').addEventListener('click', event => {
  const button = $('leave');
  if (button.classList.contains('sure')) {
    if (event.detail > 1) return; // Half of a double click, which a busy page sees late.
    calmLeave();
    leave();
    return;
  }
  button.classList.add('sure');
  write(button.firstElementChild, 'leave.ask');
  label(button, 'leave.really');
  hush(button, true, () => button.focus({ preventScroll: true }));
  calming = setTimeout(calmLeave, 4000);
});

function calmLeave() {
  clearTimeout(calming);
  const button = $('leave');
  const asked = document.activeElement === button;
  button.classList.remove('sure');
  button.firstElementChild.textContent = '✕';
  label(button, 'leave.battle');
  if (asked && screen === 'playing') $('stage').focus({ preventScroll: true });
}

$('take-over').addEventListener('click', () => {
  show(replacedOn);
  connect();
});

$('mute').addEventListener('click', event => {
  sound.muted = !sound.muted;
  sound.wake();
  showCorner();
  if (event.detail > 0 && screen === 'playing') $('stage').focus({ preventScroll: true });
});

$('speak').addEventListener('click', () => {
  speak(otherLanguages()[0]);
  showCorner();
});

// What tests and the curious may read ----------------------------------------------------------------------------------------------

Object.defineProperty(window, 'game', {
  value: Object.freeze({
    get screen() { return screen; },
    get listens() { return hushed === null; },
    get language() { return language(); },
    get sound() { return sound.state; },
    get userId() { return server?.userId ?? null; },
    get connection() { return server?.state ?? 'idle'; },
    get reconnects() { return reconnects; },
    get room() { return battle?.room ?? null; },
    get rules() { return rules; },
    get seed() { return battle?.climb?.seed ?? null; },
    get score() { return battle?.score ?? 0; },
    get attacks() { return battle?.attacks ?? 0; },
    get jumper() { return battle?.climb?.place() ?? null; },
    get phase() { return battle?.climb?.phase ?? null; },
    get canAttack() { return canAttack(); },
    get target() { return rival()?.userId ?? null; },
    get frozen() { return frozenFor() > 0; },
    get freezes() { return battle?.freezes ?? 0; },
    get dead() { return battle?.dead ?? false; },
    get rivals() { return rivals().map(each => ({ ...each, frozen: isIced(each) })); },
    get battleServer() { return battle?.server ?? null; },
    get result() { return last.result; },
    get standings() { return last.standings ?? null; },
    get record() { return last.record; },
  }),
});

translate();
showCorner();
tellRules();
learn().catch(() => { }); // Whoever enters asks again, and is told if there is no answer.
requestAnimationFrame(frame);
resume();
