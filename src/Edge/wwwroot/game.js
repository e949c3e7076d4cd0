/**
 * Ringleap: the page. It joins the network (gameserver.js), the rules of the climb (climb.js) and the drawing (view.js).
 *
 * What belongs to whom: the server knows scores, deaths and results; the climb itself (where the rings are, whether a leap lands) is
 * this page's. An attack takes ten points of charge, counted here: charge = score - 10 x attacks made. The score does not sink.
 *
 * In the page's address
 *   ?mode=x       the mode to play; without it the server's default
 *   ?seed=n       the course; without it everyone in a room climbs the same one, made from the room's and the players' names
 *   ?autoplay=n   the page climbs by itself, never misses, and lets go of the ring at n points. For demonstrations and tests
 *   ?pace=n       with autoplay: the climb goes n times as fast
 *
 * `window.game` shows the state, read only.
 */

import { Climb, autopilot, seedOf, tick } from './climb.js';
import { GameServer } from './gameserver.js';
import { View } from './view.js';

const attackPrice = 10;
const freezeTime = 3000;
const battleKey = 'ringleap.battle';
const sessionKey = 'ringleap.session';
const playerKey = 'ringleap.player';

const address = new URLSearchParams(location.search);
const mode = address.get('mode') || undefined;
const fixedSeed = address.has('seed') ? Number(address.get('seed')) >>> 0 : null;
const goal = address.has('autoplay') ? Number(address.get('autoplay')) : null;
const pace = goal !== null && Number(address.get('pace')) || 1;

const $ = id => document.getElementById(id);
const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
const view = new View($('stage'), calm);

let screen = 'home';
let server = null;
let entering = false;   // a name is being registered
let goodbye = null;     // the farewell of the player who left, still on its way
let replacedOn = 'home'; // the screen that another connection took over from
let battle = null;
let last = { result: null, record: null };
let reconnects = 0;
let away = false;        // the connection is down for long enough that the player is told; the climb stands still

// The battle ---------------------------------------------------------------------------------------------------------------------

/** A battle as this page knows it. `kept` is what a page before a reload wrote down. */
function newBattle(room, kept = null) {
  return {
    room, climb: null, peers: new Map(kept?.peers ?? []), attacks: kept?.attacks ?? 0, frozenUntil: kept?.frozenUntil ?? 0,
    freezes: kept?.freezes ?? 0, score: kept?.score ?? 0, reported: kept?.reported ?? 0, dead: kept?.dead ?? false,
    server: kept?.server ?? null, sending: null, iced: new Map(),
  };
}

const charge = () => (battle ? battle.score - attackPrice * battle.attacks : 0);
const frozenFor = () => (battle && !battle.dead ? Math.max(0, battle.frozenUntil - Date.now()) : 0);
const canAttack = () => screen === 'playing' && !away && charge() >= attackPrice && frozenFor() === 0 && rivals().some(peer => peer.alive);
const rivals = () => (battle ? [...battle.peers.values()] : []);

/** The one shown at the top: the best of those alive, or of all. */
function rival() {
  const alive = rivals().filter(peer => peer.alive);
  return (alive.length ? alive : rivals()).toSorted((a, b) => b.score - a.score)[0] ?? null;
}

function peer(userId) {
  if (!battle.peers.has(userId)) battle.peers.set(userId, { userId, score: 0, alive: true, connected: true, until: null });
  return battle.peers.get(userId);
}

function keep() {
  if (!battle) {
    sessionStorage.removeItem(battleKey);
    return;
  }
  const { room, attacks, frozenUntil, freezes, score, reported, dead, server: place } = battle;
  sessionStorage.setItem(battleKey, JSON.stringify({
    screen, room, attacks, frozenUntil, freezes, score, reported, dead, server: place, peers: [...battle.peers],
  }));
}

function startClimb() {
  const names = [server.userId, ...battle.peers.keys()].sort();
  battle.climb = new Climb(fixedSeed ?? seedOf([battle.room, ...names].join('\n')), battle.score);
}

function begin() {
  startClimb();
  show('playing');
  const against = rivals().map(each => each.userId).join(', ');
  $('versus-me').textContent = server.userId;
  $('versus-rival').textContent = against;
  $('versus').hidden = false;
  setTimeout(() => { $('versus').hidden = true; }, 1600);
  announce(`Your rival is ${against}. Space leaps, F attacks.`);
}

function scored() {
  battle.score = battle.climb.score;
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
      if (error.code !== 'not_connected') toast(error.message);
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

/** This player is dead, whoever said so first. */
function died() {
  if (battle.dead) return;
  battle.dead = true;
  if (screen === 'playing') show('dead');
  keep();
  announce(`You fell at ${battle.score}.`);
}

/** The server knows of no battle: it ended while nobody could tell us. */
function lost() {
  toast('That battle is over.');
  goHome();
}

async function attack() {
  if (!canAttack()) return;
  const mine = battle;
  const target = mine.peers.size > 1 ? rival().userId : undefined;
  const victim = target ?? rival().userId;
  mine.attacks++;
  keep();
  view.threw();
  try {
    await server.attack(target);
    mine.iced.set(victim, Date.now() + freezeTime);
    announce(`${victim} is frozen.`);
  } catch (error) {
    if (mine !== battle) return;
    if (error.code !== 'session_lost' && error.code !== 'timeout') mine.attacks--; // Refused: the charge is not spent.
    keep();
    toast(error.message);
  }
}

function frozen() {
  if (battle.dead) return;
  battle.frozenUntil = Date.now() + freezeTime;
  battle.freezes++;
  view.froze();
  if (!calm && navigator.userActivation?.hasBeenActive) navigator.vibrate?.([60, 40, 120]);
  announce('Frozen for three seconds.');
  keep();
}

async function settled(result) {
  const standings = [{ userId: server.userId, score: battle.score, me: true }, ...rivals()].toSorted((a, b) => b.score - a.score);
  const won = battle.peers.size === 1 ? `You climbed higher than ${rival().userId}.` : 'Nobody climbed higher.';
  const text = { WIN: won, LOSE: `${standings[0].userId} climbed higher.`, DRAW: 'Head to head to the end.' }[result];
  last = { result, record: null, standings: standings.map(({ userId, score }) => ({ userId, score })) };
  $('result').textContent = $('result').dataset.result = result;
  $('result-text').textContent = text;
  $('standings').replaceChildren(...standings.map(standing));
  $('record').textContent = '';
  battle.dead = true;
  show('settled');
  if (result === 'WIN') view.cheer();
  keep();
  announce(`${result}. ${text}`);
  const record = await server.record().catch(error => toast(`No record: ${error.message}`));
  if (!record || screen !== 'settled') return;
  last.record = record;
  $('record').replaceChildren(...recordOf(record));
}

function standing({ userId, score, me }) {
  const row = document.createElement('div');
  row.className = `standing ${me ? 'me' : 'rival'}`;
  const face = document.createElement('span');
  face.className = 'face';
  const name = document.createElement('b');
  name.textContent = userId;
  const points = document.createElement('output');
  points.textContent = score;
  row.append(face, name, points);
  return row;
}

function recordOf({ wins = 0, losses = 0, draws = 0 }) {
  return [['won', wins], ['lost', losses], ['drawn', draws]].flatMap(([word, count], i) => {
    const number = document.createElement('b');
    number.textContent = count;
    return [i ? ' · ' : '', number, ` ${word}`];
  });
}

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
    battle = newBattle(data);
    $('waiting-room').textContent = ` in ${data}`;
    show('waiting');
  });
  on('peer_player_id', ({ data }) => {
    if (!battle || screen === 'settled' || screen === 'home') return;
    const known = battle.peers.has(data);
    peer(data);
    if (screen === 'waiting') begin();
    else if (!known && battle.score === 0) startClimb(); // One more in a battle of several.
    keep();
  });
  inBattle('player_syncscore', ({ data, from }) => {
    const who = from ? peer(from) : rival();
    if (who) who.score = data;
  });
  inBattle('attacked', frozen);
  inBattle('player_died', ({ data }) => {
    const dead = data === 'all' && !battle.peers.has('all') ? rivals() : [peer(data)];
    for (const each of dead) each.alive = false;
    if (screen === 'playing') announce(`${dead.map(each => each.userId).join(', ')} fell.`);
  });
  inBattle('battle_server', ({ data }) => { battle.server = data; });
  inBattle('peer_disconnected', ({ data }) => Object.assign(peer(data.user_id), { connected: false, until: data.until }));
  inBattle('peer_reconnected', ({ data }) => Object.assign(peer(data.user_id), { connected: true, until: null }));
  on('battle_settlement', ({ data }) => {
    if (battle) settled(data);
    else toast(`Your last battle ended while you were away: ${data}.`);
  });
  on('snapshot', ({ data }) => takeSnapshot(data));
  on('error', ({ message }) => toast(message));
  on('state', ({ state, attempt }) => {
    if (state === 'open') away = false;
    else if (screen !== 'home' && screen !== 'replaced') setTimeout(() => { away = isAway(); }, 400);
    $('reconnecting-text').textContent = attempt > 3 ? `Your place is kept. Attempt ${attempt}.` : 'Your place is kept.';
  });
  on('session', ({ resumed }) => {
    if (resumed) reconnects++;
    catchUp();
  });
  on('ended', ({ why, reason }) => {
    away = false;
    if (why === 'replaced') {
      if (screen !== 'replaced') replacedOn = screen;
      return show('replaced');
    }
    if (why !== 'closed') toast(reason || 'The server does not let this player in.');
    if (screen !== 'home') goHome();
  });
}

const isAway = () => ['connecting', 'waiting'].includes(server?.state);

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
        toast(error.message);
        goHome();
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
    // A page that has just been opened knows no score; one that missed something knows its own better than the server does.
    const behind = you.score > battle.score;
    if (behind) Object.assign(battle, { score: you.score, reported: you.score });
    for (const each of peers) {
      Object.assign(peer(each.user_id), { score: each.score, alive: each.alive, connected: each.connected, until: each.until ?? null });
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
    if (mine === server && screen !== 'replaced') goHome(); // `ended` has told why.
  }
}

async function enter(name) {
  await goodbye;
  if (server || entering) return;
  entering = true;
  const known = remembered();
  let player = known.name === name ? known : { name: name ?? '', token: null };
  if (name) {
    try {
      const { created, token } = await new GameServer().createUser(name);
      if (created) player = { name, token };
    } catch (error) {
      toast(error instanceof TypeError ? 'The server cannot be reached.' : error.message);
      entering = false;
      return;
    }
  }
  entering = false;
  localStorage.setItem(playerKey, JSON.stringify(player));
  server = new GameServer({ userId: name, token: player.token, storage: sessionStorage, storageKey: sessionKey });
  listen();
  $('waiting-room').textContent = '';
  show('waiting');
  connect(join);
}

function rematch() {
  battle = null;
  $('waiting-room').textContent = '';
  show('waiting');
  join();
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
  away = false;
  mine?.close();
  keep();
  sessionStorage.removeItem(sessionKey);
  show('home');
}

function remembered() {
  try {
    return { name: '', token: null, ...JSON.parse(localStorage.getItem(playerKey) ?? '{}') };
  } catch {
    return { name: '', token: null }; // Not ours: as if nothing was there.
  }
}

/** A reload: goes on where the page before it was. */
function resume() {
  let kept;
  try {
    kept = JSON.parse(sessionStorage.getItem(battleKey) ?? 'null');
  } catch {
    kept = null; // Not ours: as if nothing was there.
  }
  if (!GameServer.saved(sessionStorage, sessionKey) || !['waiting', 'playing', 'dead'].includes(kept?.screen)) {
    sessionStorage.removeItem(sessionKey);
    return;
  }
  server = new GameServer({ token: remembered().token, storage: sessionStorage, storageKey: sessionKey });
  battle = newBattle(kept.room, kept);
  if (kept.screen !== 'waiting') startClimb();
  listen();
  show(kept.screen);
  connect();
}

// The screen ---------------------------------------------------------------------------------------------------------------------

function show(next) {
  screen = next;
  document.body.dataset.screen = next;
  const climbing = next === 'playing' || next === 'dead';
  for (const id of ['home', 'waiting', 'settled', 'replaced']) $(id).hidden = next !== id;
  $('hud').hidden = !climbing;
  $('controls').hidden = next !== 'playing';
  $('fallen').hidden = next !== 'dead';
  if (next === 'home') showRecord();
  if (next === 'settled' || next === 'home') $('versus').hidden = true;
  const focus = {
    home: 'name', waiting: 'cancel', playing: 'stage', dead: 'fallen-leave', settled: 'rematch', replaced: 'take-over',
  }[next];
  if (next !== 'home' || !matchMedia('(pointer: coarse)').matches) $(focus).focus({ preventScroll: true, focusVisible: false });
  if (server && (next === 'waiting' || climbing)) keep();
}

async function showRecord() {
  const { name } = remembered();
  $('home-record').hidden = true;
  if (!name) return;
  const record = await new GameServer().record(name).catch(() => null); // Only an extra: without it the line stays away.
  if (!record || screen !== 'home') return;
  $('home-record').replaceChildren(...recordOf(record));
  $('home-record').hidden = false;
}

let toasts = 0;

function toast(text) {
  $('toast').textContent = text;
  $('toast').hidden = false;
  clearTimeout(toasts);
  toasts = setTimeout(() => { $('toast').hidden = true; }, 4500);
}

function announce(text) { $('announcer').textContent = text; }

/** Writes a text only where it changed, so that nothing is laid out anew for nothing. */
function write(id, text) {
  const element = $(id);
  if (element.textContent === text) return false;
  element.textContent = text;
  return true;
}

function bump(id) {
  $(id).classList.remove('bump');
  requestAnimationFrame(() => $(id).classList.add('bump'));
}

function showState() {
  const ice = frozenFor();
  document.body.classList.toggle('frozen', ice > 0 && screen === 'playing');
  $('frozen').hidden = !(ice > 0 && screen === 'playing');
  if (ice > 0) write('thaw', (ice / 1000).toFixed(1));
  $('reconnecting').hidden = !away;
  if (!battle || (screen !== 'playing' && screen !== 'dead')) {
    $('server').hidden = true;
    return;
  }
  write('my-name', server.userId);
  if (write('my-score', String(battle.score))) bump('my-score');
  const first = rival();
  if (first) {
    const iced = (battle.iced.get(first.userId) ?? 0) > Date.now();
    write('rival-name', first.userId);
    if (write('rival-score', String(first.score))) bump('rival-score');
    write('rival-state', !first.alive ? 'fell' : !first.connected ? awayFor(first) : iced ? 'frozen' : others());
    $('rival').classList.toggle('dead', !first.alive);
    $('rival').classList.toggle('iced', iced && first.alive);
    $('rival').classList.toggle('away', !first.connected);
    write('fallen-rival', first.userId);
    write('fallen-rival-score', String(first.score));
  }
  write('fallen-score', String(battle.score));
  const full = Math.floor(charge() / attackPrice);
  const missing = attackPrice - charge() % attackPrice;
  $('attack').disabled = !canAttack();
  $('attack').style.setProperty('--charge', full > 0 ? 1 : (charge() % attackPrice) / attackPrice);
  $('attack-count').hidden = full < 2;
  write('attack-count', `×${full}`);
  const keys = matchMedia('(hover: hover)').matches;
  write('attack-missing', !first?.alive ? 'Your rival fell. Climb on!'
    : ice > 0 ? 'Hold on…'
      : full === 0 ? `${missing} more to attack`
        : keys ? 'F: freeze your rival' : 'Freeze your rival!');
  $('server').hidden = !battle.server || screen !== 'playing';
  if (battle.server) write('server', `⚡ ${battle.server.dns || battle.server.ips?.[0]}:${battle.server.port}`);
}

function others() { return battle.peers.size > 1 ? `best of ${battle.peers.size}` : 'rival'; }

function awayFor({ until }) {
  const seconds = Math.ceil((Date.parse(until) - Date.now()) / 1000);
  return seconds > 0 ? `offline · ${seconds}s` : 'offline';
}

// Time ---------------------------------------------------------------------------------------------------------------------------

/** Behind the panels a climb plays itself. */
let showcase = new Climb(7);

let before = performance.now();
let owed = 0;

/** The climb moves in fixed ticks, whatever the screen's rate; a slow frame slows the climb instead of skipping over a tap. */
function frame(now) {
  const elapsed = Math.min(0.1, (now - before) / 1000);
  before = now;
  const playing = Boolean(battle?.climb) && (screen === 'playing' || screen === 'dead');
  const climb = playing ? battle.climb : showcase;
  const still = playing ? away || frozenFor() > 0 : calm;
  if (!still) owed += elapsed * (playing ? pace : 1);
  while (owed >= tick) {
    owed -= tick;
    step(climb, playing);
  }
  showState();
  view.draw({
    climb, elapsed, ahead: still ? 0 : owed, frozen: playing && frozenFor() > 0, hint: screen === 'playing' && climb.score < 3,
    centre: playing ? { x: 0.5, y: 0.67 } : besidePanel(), watch: rival()?.alive ? rival().score : null,
    rivals: playing ? rivals().map(each => ({ ...each, frozen: (battle.iced.get(each.userId) ?? 0) > Date.now() })) : [],
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
  const event = climb.step();
  if (event === 'land') {
    view.landed(climb);
    if (playing && !battle.dead) scored();
  } else if (event === 'miss' || event === 'crumble') {
    view.fell();
  } else if (event === 'dead') {
    if (!playing) showcase = new Climb(showcase.seed + 1);
    else if (!battle.dead) die();
  }
}

let wasFrozen = false;

function thaw(climb) {
  const isFrozen = frozenFor() > 0;
  if (wasFrozen && !isFrozen && screen === 'playing') view.thawed(climb);
  wasFrozen = isFrozen;
}

function jump() {
  if (screen !== 'playing' || away || frozenFor() > 0 || !battle.climb) return;
  if (battle.climb.jump()) view.leapt(battle.climb);
}

// Hands --------------------------------------------------------------------------------------------------------------------------

addEventListener('pointerdown', event => {
  if (screen !== 'playing' || event.button !== 0 || event.target.closest('button')) return;
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
    attack();
  }
});

$('enter').addEventListener('submit', event => {
  event.preventDefault();
  const name = $('name').value.trim();
  if (name) enter(name);
  else {
    toast('Type a name, or play as a guest.');
    $('name').focus();
  }
});

$('guest').addEventListener('click', () => enter(null));
$('cancel').addEventListener('click', leave);
$('settled-leave').addEventListener('click', leave);
$('fallen-leave').addEventListener('click', leave);
$('give-up').addEventListener('click', leave);
$('replaced-leave').addEventListener('click', () => goHome());
$('rematch').addEventListener('click', rematch);

$('attack').addEventListener('click', event => {
  attack();
  if (event.detail > 0) $('stage').focus({ preventScroll: true }); // Clicked, not pressed by key: Space leaps again.
});

/** Leaving costs the battle: the first press asks. */
$('leave').addEventListener('click', () => {
  const button = $('leave');
  if (button.classList.contains('sure')) {
    calmLeave();
    leave();
    return;
  }
  button.classList.add('sure');
  button.firstElementChild.textContent = 'Give up?';
  button.setAttribute('aria-label', 'Really give up the battle?');
  setTimeout(calmLeave, 3000);
});

function calmLeave() {
  const button = $('leave');
  button.classList.remove('sure');
  button.firstElementChild.textContent = '✕';
  button.setAttribute('aria-label', 'Leave the battle');
}

$('take-over').addEventListener('click', () => {
  show(replacedOn);
  connect();
});

// What tests and the curious may read ----------------------------------------------------------------------------------------------

Object.defineProperty(window, 'game', {
  value: Object.freeze({
    get screen() { return screen; },
    get userId() { return server?.userId ?? null; },
    get connection() { return server?.state ?? 'idle'; },
    get reconnects() { return reconnects; },
    get room() { return battle?.room ?? null; },
    get seed() { return battle?.climb?.seed ?? null; },
    get score() { return battle?.score ?? 0; },
    get jumper() { return battle?.climb?.place() ?? null; },
    get phase() { return battle?.climb?.phase ?? null; },
    get charge() { return charge(); },
    get canAttack() { return canAttack(); },
    get frozen() { return frozenFor() > 0; },
    get freezes() { return battle?.freezes ?? 0; },
    get dead() { return battle?.dead ?? false; },
    get rivals() { return rivals().map(each => ({ ...each, frozen: (battle.iced.get(each.userId) ?? 0) > Date.now() })); },
    get battleServer() { return battle?.server ?? null; },
    get result() { return last.result; },
    get standings() { return last.standings ?? null; },
    get record() { return last.record; },
  }),
});

$('name').value = remembered().name;
show('home');
requestAnimationFrame(frame);
resume();
