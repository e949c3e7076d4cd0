/**
 * The browser's side of the game server's protocol, version 2. It knows the connection, not the game: any browser game can take this
 * one file as it is. It needs nothing but a browser.
 *
 *   import { GameServer } from './gameserver.js';
 *
 *   const server = new GameServer({ userId: 'alice', storage: sessionStorage });
 *   server.on('peer_player_id', ({ data }) => console.log('against', data));
 *   server.on('player_syncscore', ({ data, from }) => console.log(from, 'has', data));
 *   server.on('battle_settlement', ({ data }) => console.log(data));
 *   server.on('state', ({ state }) => showReconnecting(state !== 'open'));
 *   server.on('ended', ({ why }) => console.log(why));         // 'replaced', 'unauthorized', 'refused' or 'closed'
 *   await server.connect();                                    // from here on it reconnects by itself
 *   await server.joinRoom();                                   // resolves on ok, rejects with a RequestError
 *   await server.syncScore(1);
 *
 * Events
 *   - every push by its action's name, with `{ action, data, from, seq }`, in the order of the server, each once. `push` gets them all.
 *     A `snapshot` replaces whatever was known before it.
 *   - `session` `{ userId, resumed, limits, heartbeat }` after each welcome. `resumed: false` on a reconnect means that the server no
 *     longer knew the session: requests that were under way are rejected with `session_lost`, because nobody can tell whether they took
 *     effect. Ask the server where things stand.
 *   - `state` `{ state, attempt, delay }`: `idle`, `connecting`, `open`, `waiting` (for the next attempt) or `ended`.
 *   - `slow` `{ slow }`: a request has waited for its answer for longer than `slowAfter`, or none does any more.
 *   - `ended` `{ why, code, reason }`: it will not reconnect by itself. `connect()` starts again and resumes where it can.
 *   - `error` `{ code, message, request }`: an error that answers no request, such as a battle server that is not free yet.
 *
 * Requests are answered by id. One that was not answered when the connection dropped is sent again, with its id and in its place, after
 * the resume; the server does a repeated id only once. At most `maxPending` may be under way or waiting: one more is rejected at once
 * with `queue_full`, because a player who is that far behind must see it rather than have old wishes come true much later. `syncScore`
 * is the exception: while it has not been sent, a newer score takes its place, and both resolve together.
 *
 * Close codes: 4001 (replaced by a newer connection of the same player) and 4002 (unauthorized) end it. 4003 (rate limited) waits at
 * least `rateLimitPause`. Every other close, 1001 (draining) and 4004 (too slow) among them, is answered with a resume.
 *
 * Liveness: browsers answer the server's pings by themselves and show them to nobody. So a connection that was silent for the server's
 * `heartbeat` is asked for an answer (`ping`), and counts as dead without one within `pingTimeout`; then what is new is tried instead of
 * waiting for what is lost. Each time that this happens it waits twice as long, until an answer was quick again: a bad network must not
 * end every connection before it can be of use. A connection also counts as dead if a request stays unanswered for `replyTimeout` although the server is
 * there, if the machine slept, or if the browser says that the network went away.
 *
 * A reload of the page resumes the same session if `storage` (such as sessionStorage) is given. What the game itself knew must be kept
 * by the game; requests under way at a reload are not sent again.
 */

const protocol = 'gameserver.v2';

/** How many gaps in a row are answered with a resume before the client goes on without what is missing. */
const maxGaps = 3;

/** How often a request is sent before it is given up. */
const maxSends = 4;

/** How often in a row the patience with a silent connection doubles. */
const maxDoublings = 3;

/** Milliseconds that no change of the machine's clock touches. */
const now = () => performance.now();

/** A request that did not take effect. `code` is the protocol's, or `not_connected`, `queue_full`, `session_lost`, `timeout`. */
export class RequestError extends Error {
  constructor(code, message, request = null) {
    super(message);
    this.name = 'RequestError';
    this.code = code;
    this.request = request;
  }
}

function refusal({ status }, { code, msg, message }, request) {
  const guess = status === 429 ? 'rate_limited' : status >= 500 ? 'unavailable' : 'bad_message';
  return new RequestError(code ?? guess, msg ?? message ?? `The server answered ${status}.`, request);
}

export class GameServer extends EventTarget {
  #options;
  #http;
  #loopback;
  #userId;
  #state = 'idle';
  #socket = null;
  #resume = null;
  #lastSeq = null;
  #gaps = 0;
  #noUpgrade = 0;
  #renewed = false;
  #pending = new Map();
  #ids = { page: Math.random().toString(36).slice(2, 8), count: 0 };
  #attempt = 0;
  #timer = 0;
  #watch = 0;
  #watched = 0;
  #pulse = 0;
  #heardAt = 0;
  #pingedAt = 0;
  #silences = 0;
  #heartbeat = 0;
  #slow = false;
  #connected = null;
  #limits = {};

  /**
   * @param {object} [options] times in milliseconds
   * @param {string} [options.url] the endpoint; default: `ws` beside the page
   * @param {string} [options.userId] the player; without it a guest, who learns the name with the welcome
   * @param {string} [options.token] what `createUser` gave, where the server asks for it; one that has expired is renewed, and the event
   *   `token` tells the new one, which is to be kept: the old one is void
   * @param {Storage} [options.storage] where the session survives a reload; default: nowhere
   * @param {string} [options.storageKey]
   */
  constructor(options = {}) {
    super();
    this.#options = {
      storageKey: 'gameserver.session', maxPending: 64, firstDelay: 250, maxDelay: 8000, connectTimeout: 10000, callTimeout: 20000, replyTimeout: 8000,
      pingTimeout: 1000, slowAfter: 2500, stableAfter: 5000, rateLimitPause: 5000, ...options,
    };
    const endpoint = new URL(options.url ?? 'ws', document.baseURI);
    endpoint.protocol = endpoint.protocol.replace('http', 'ws');
    this.#options.url = endpoint;
    this.#http = new URL(endpoint);
    this.#http.protocol = endpoint.protocol.replace('ws', 'http');
    this.#loopback = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(endpoint.hostname);
    this.#userId = options.userId || null;

    const saved = GameServer.saved(this.#options.storage, this.#options.storageKey);
    if (saved && saved.url === endpoint.href && (!this.#userId || saved.userId === this.#userId)) {
      this.#userId = saved.userId;
      this.#resume = saved.resume;
      this.#lastSeq = saved.lastSeq;
    }
  }

  /** The session that a page before this one left in the storage, or null. */
  static saved(storage, storageKey = 'gameserver.session') {
    try {
      const saved = JSON.parse(storage?.getItem(storageKey) ?? 'null');
      return typeof saved?.resume === 'string' && typeof saved.userId === 'string' ? saved : null;
    } catch {
      return null; // Storage is forbidden or what is there is not ours: the same as nothing saved.
    }
  }

  get state() { return this.#state; }
  get userId() { return this.#userId; }
  get lastSeq() { return this.#lastSeq; }
  get limits() { return this.#limits; }

  /** Calls `handler` with an event's detail. Returns what stops it. */
  on(event, handler) {
    const listener = ({ detail }) => handler(detail);
    this.addEventListener(event, listener);
    return () => this.removeEventListener(event, listener);
  }

  /** Resolves with the first welcome; rejects if it ends before. */
  connect() {
    if (this.#state === 'idle' || this.#state === 'ended') {
      this.#connected = Promise.withResolvers();
      this.#connected.promise.catch(() => { }); // `ended` tells it too, to those who do not wait for the promise.
      this.#attempt = 0;
      addEventListener('online', this.#wentOnline);
      addEventListener('offline', this.#wentOffline);
      this.#watched = Date.now();
      this.#watch = setInterval(this.#lookAfter, 500);
      this.#open();
    }
    return this.#connected.promise;
  }

  /** Ends it for good: the session is forgotten and cannot be resumed. */
  close() {
    if (this.#state === 'idle' || this.#state === 'ended') return;
    this.#forget();
    this.#end('closed', 1000, 'closed by the player');
  }

  /** Any request. `fields` are the action's, see the protocol. */
  request(action, fields = {}) { return this.#enqueue(action, fields, false); }

  joinRoom(mode) { return this.request('joinroom', mode ? { mode } : {}); }
  exitRoom() { return this.request('exitroom'); }
  destroyRoom() { return this.request('destroyroom'); }
  syncScore(score) { return this.#enqueue('syncscore', { score }, true); }
  attack(userId) { return this.request('attack', userId ? { user_id: userId } : {}); }
  die() { return this.request('die'); }

  /** Registers a player: `{ created, token }`. `created` is false if the name was there before; `token` is null where none is needed. */
  async createUser(userId) {
    const response = await this.#call('create_user', {
      method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ user_id: userId }),
    });
    const answer = await response.json();
    if (response.ok) return { created: true, token: answer.token ?? null };
    if (answer.msg === 'user_id exists') return { created: false, token: null };
    throw refusal(response, answer, 'create_user');
  }

  /** A new token for the one there is, which may have expired and is void then. The event `token` tells it too. */
  async renewToken() {
    const response = await this.#call('renew_token', { method: 'POST', headers: { Authorization: `Bearer ${this.#options.token}` } });
    const answer = await response.json();
    if (!response.ok) throw refusal(response, answer, 'renew_token');
    this.#options.token = answer.token;
    this.#emit('token', { userId: this.#userId, token: answer.token });
    return answer.token;
  }

  /** The rules of the server's modes, as the protocol has them: `{ default_mode, modes }`. */
  async modes() {
    const response = await this.#call('modes');
    if (!response.ok) throw refusal(response, {}, 'modes');
    return response.json();
  }

  /** A player's record: wins, losses, draws and the last battle; null for a player nobody knows. */
  async record(userId = this.#userId) {
    const response = await this.#call(`players/${encodeURIComponent(userId)}`);
    if (response.status === 404) return null;
    if (!response.ok) throw refusal(response, {}, 'players');
    return response.json();
  }

  async #call(path, options = {}) {
    try {
      return await fetch(new URL(path, this.#http), { ...options, signal: AbortSignal.timeout(this.#options.callTimeout) });
    } catch (error) {
      throw new RequestError('not_connected', String(error), path);
    }
  }

  // The connection ---------------------------------------------------------------------------------------------------------------

  #open() {
    clearTimeout(this.#timer);
    const url = new URL(this.#options.url);
    if (this.#options.token) url.searchParams.set('token', this.#options.token);
    if (!this.#resume) {
      if (this.#userId) url.searchParams.set('user_id', this.#userId);
    } else { // The token names the player, and knows a guest from others.
      url.searchParams.set('resume', this.#resume);
      url.searchParams.set('last_seq', this.#lastSeq ?? 0);
    }
    const socket = this.#socket = new WebSocket(url, protocol);
    socket.opened = false;
    socket.onopen = () => { socket.opened = true; };
    socket.onmessage = ({ data }) => { if (socket === this.#socket) this.#receive(data); };
    socket.onclose = event => { if (socket === this.#socket) this.#closed(event, socket.opened); };
    this.#timer = setTimeout(() => this.#drop('no welcome'), this.#options.connectTimeout);
    this.#become('connecting');
  }

  /** Listens for the server's signs of life, and asks for one when there is none. */
  #feel = () => {
    clearTimeout(this.#pulse);
    if (this.#state !== 'open') return;
    const patience = this.#options.pingTimeout * 2 ** Math.min(this.#silences, maxDoublings);
    const silent = now() - this.#heardAt;
    if (this.#pingedAt > this.#heardAt) {
      if (now() - this.#pingedAt >= patience) {
        this.#silences++;
        return this.#drop('no sign of life');
      }
    } else if (silent >= this.#heartbeat) {
      this.#pingedAt = now();
      this.#socket.send(JSON.stringify({ action: 'ping', id: 'ping' }));
    }
    const next = this.#pingedAt > this.#heardAt ? this.#pingedAt + patience : this.#heardAt + this.#heartbeat;
    this.#pulse = setTimeout(this.#feel, Math.max(1, next - now()));
  };

  /** Gives the socket up without waiting for its close, which may take minutes on a dead network, and resumes. */
  #drop(reason) {
    const socket = this.#socket;
    this.#socket = null;
    socket?.close(4000, reason);
    this.#retry(0);
  }

  #closed({ code, reason }, opened) {
    this.#socket = null;
    if (code === 4001) this.#end('replaced', code, reason);
    else if (code === 4002) this.#end('unauthorized', code, reason);
    else if (!opened) this.#askWhy();
    else this.#retry(code === 4003 ? this.#options.rateLimitPause : 0);
  }

  /**
   * Browsers hide why a server refused an upgrade. Asking the same address without one tells: 400, 401 and 403 will not get better by trying
   * again, but for a token that has expired: it is renewed, once. 426 means that all was well but for the token to resume with, or that the server has just come up: the second one in a row
   * gives the session up.
   */
  async #askWhy() {
    clearTimeout(this.#timer);
    const url = new URL(this.#http);
    if (this.#userId) url.searchParams.set('user_id', this.#userId);
    if (this.#options.token) url.searchParams.set('token', this.#options.token);
    let status = 0;
    let reason = '';
    try {
      const response = await fetch(url, { cache: 'no-store', signal: AbortSignal.timeout(this.#options.connectTimeout) });
      status = response.status;
      if (status === 400 || status === 401 || status === 403) reason = (await response.json()).message;
    } catch (error) {
      reason = String(error); // Not reachable, or not JSON: try again like after any other failure.
    }
    if (status === 401 && this.#options.token && !this.#renewed) {
      this.#renewed = true;
      try {
        await this.renewToken();
        status = 0;
      } catch (error) {
        // Void, or another user's: the first refusal stands. No answer at all says nothing about the token.
        if (error.code === 'not_connected' || error.code === 'unavailable' || error.code === 'rate_limited') {
          this.#renewed = false;
          status = 0;
        }
      }
    }

    if (this.#state !== 'connecting' || this.#socket) return;
    this.#noUpgrade = status === 426 ? this.#noUpgrade + 1 : 0;
    if (this.#noUpgrade > 1 && this.#resume) this.#forget();
    if (status === 401) this.#end('unauthorized', 4002, reason);
    else if (status === 400 || status === 403) this.#end('refused', 1008, reason);
    else this.#retry(0);
  }

  /** Waits twice as long each time, half of it by chance so that a thousand clients of a restarted server do not come at once. */
  #retry(atLeast) {
    clearTimeout(this.#timer);
    const full = Math.min(this.#options.maxDelay, this.#options.firstDelay * 2 ** this.#attempt++);
    const delay = atLeast + full * (0.5 + Math.random() / 2);
    this.#timer = setTimeout(() => this.#open(), delay);
    this.#become('waiting', delay);
  }

  #end(why, code, reason) {
    clearTimeout(this.#timer);
    clearTimeout(this.#pulse);
    clearInterval(this.#watch);
    removeEventListener('online', this.#wentOnline);
    removeEventListener('offline', this.#wentOffline);
    const socket = this.#socket;
    this.#socket = null;
    socket?.close(1000, reason);
    this.#become('ended');
    const error = new RequestError('not_connected', reason || why);
    this.#rejectAll(() => true, error);
    this.#connected.reject(error);
    this.#emit('ended', { why, code, reason });
  }

  #become(state, delay = 0) {
    this.#state = state;
    if (state !== 'open') this.#tellSlow(false);
    this.#emit('state', { state, attempt: this.#attempt, delay });
  }

  #wentOnline = () => {
    if (this.#state === 'waiting') this.#open();
    else if (this.#state === 'open' && !this.#loopback) this.#drop('the network changed');
  };

  #wentOffline = () => {
    // A server on this machine needs no network.
    if (this.#socket && !this.#loopback) this.#drop('the network went away');
  };

  #lookAfter = () => {
    // By the clock on the wall, because the other one may stand still while a machine sleeps.
    const slept = Date.now() - this.#watched > 120000; // Longer than the slowest timer of a page in the background.
    this.#watched = Date.now();
    if (this.#state !== 'open') return;
    const waited = [...this.#pending.values()].map(request => (request.sentAt ? now() - request.sentAt : 0));
    this.#tellSlow(waited.some(time => time >= this.#options.slowAfter));
    let late = false;
    for (const request of this.#pending.values()) {
      if (!request.sentAt || now() - request.sentAt < this.#options.replyTimeout) continue;
      late = true;
      if (request.sends >= maxSends) {
        this.#pending.delete(request.id);
        request.reject(new RequestError('timeout', 'The server did not answer.', request.action));
      }
    }
    if (slept || late) this.#drop(slept ? 'the machine slept' : 'no answer');
  };

  #tellSlow(slow) {
    if (this.#slow === slow) return;
    this.#slow = slow;
    this.#emit('slow', { slow });
  }

  // Frames -----------------------------------------------------------------------------------------------------------------------

  #receive(text) {
    if (this.#pingedAt > this.#heardAt && now() - this.#pingedAt < this.#options.pingTimeout) this.#silences = 0;
    this.#heardAt = now();
    const frame = JSON.parse(text);
    if (frame.action === 'welcome') return this.#welcome(frame.data);
    if (frame.seq !== undefined && !this.#inOrder(frame)) return;
    if (frame.action === 'ok') this.#answered(frame.id, request => request.resolve());
    else if (frame.action === 'error') this.#refused(frame);
    else {
      const push = { ...frame, from: frame.from ?? null };
      this.#emit('push', push);
      this.#emit(frame.action, push);
    }
    // Saved after the game heard of it: a game that keeps its own state in the handler is never behind the number.
    if (frame.seq !== undefined) this.#save();
  }

  #welcome({ user_id: userId, resume, resumed, heartbeat, limits }) {
    clearTimeout(this.#timer);
    this.#noUpgrade = 0;
    this.#renewed = false;
    const socket = this.#socket;
    this.#timer = setTimeout(() => { if (socket === this.#socket) this.#attempt = 0; }, this.#options.stableAfter);
    this.#userId = userId;
    this.#resume = resume;
    this.#limits = limits ?? {};
    if (!resumed) {
      this.#lastSeq = null;
      this.#rejectAll(request => request.sentAt !== 0,
        new RequestError('session_lost', 'The server no longer knew the session; whether the request took effect is not known.'));
    }
    this.#save();
    this.#heartbeat = 1000 * (heartbeat ?? 15);
    this.#state = 'open';
    this.#feel();
    for (const request of this.#pending.values()) this.#send(request); // First of all, so that what is asked for now comes after it.
    this.#become('open');
    this.#connected.resolve();
    this.#emit('session', { userId, resumed, heartbeat, limits: this.#limits });
  }

  /** True if the push is the next one, but for those the server says it replaced by newer ones. */
  #inOrder({ seq, action, skipped = 0 }) {
    if (this.#lastSeq === null || action === 'snapshot') {
      this.#lastSeq = seq;
      return true;
    }
    if (seq <= this.#lastSeq) return false; // A repeat.
    if (seq > this.#lastSeq + 1 + skipped && this.#gaps < maxGaps) {
      this.#gaps++;
      this.#drop('a gap in the pushes');
      return false;
    }
    this.#gaps = 0;
    this.#lastSeq = seq;
    return true;
  }

  // Requests ---------------------------------------------------------------------------------------------------------------------

  #enqueue(action, fields, replaces) {
    if (this.#state === 'idle' || this.#state === 'ended')
      return Promise.reject(new RequestError('not_connected', 'There is no connection.', action));
    const id = `${this.#ids.page}-${++this.#ids.count}`;
    const frame = JSON.stringify({ action, ...fields, id });
    const last = [...this.#pending.values()].at(-1);
    if (replaces && last?.action === action && last.sentAt === 0) {
      // Only the last one, so that nothing changes its place. The older one was never seen by the server: its id can go.
      this.#pending.delete(last.id);
      this.#pending.set(id, Object.assign(last, { id, frame }));
      return last.promise;
    }
    if (this.#pending.size >= this.#options.maxPending)
      return Promise.reject(new RequestError('queue_full', `${this.#options.maxPending} requests are waiting already.`, action));
    const request = { ...Promise.withResolvers(), id, action, frame, sentAt: 0, sends: 0 };
    this.#pending.set(id, request);
    this.#send(request);
    return request.promise;
  }

  #send(request) {
    if (this.#state !== 'open') return;
    request.sentAt = now();
    request.sends++;
    this.#socket.send(request.frame);
  }

  #answered(id, settle) {
    const request = this.#pending.get(id);
    if (!request) return; // Answered before, by the answer to its repeat.
    this.#pending.delete(id);
    settle(request);
    if (this.#slow) this.#lookAfter();
  }

  #refused({ id, data }) {
    if (id === undefined || id === null) this.#emit('error', data);
    else this.#answered(id, request => request.reject(new RequestError(data.code, data.message, data.request)));
  }

  #rejectAll(which, error) {
    for (const request of [...this.#pending.values()].filter(which)) {
      this.#pending.delete(request.id);
      request.reject(error);
    }
  }

  #emit(event, detail) { this.dispatchEvent(new CustomEvent(event, { detail })); }

  #save() {
    const { storage, storageKey, url } = this.#options;
    if (!storage) return;
    try {
      storage.setItem(storageKey, JSON.stringify({ url: url.href, userId: this.#userId, resume: this.#resume, lastSeq: this.#lastSeq }));
    } catch {
      this.#options.storage = null; // Full or forbidden: the game goes on, a reload just begins a new session.
    }
  }

  #forget() {
    this.#resume = this.#lastSeq = null;
    this.#options.storage?.removeItem(this.#options.storageKey);
  }
}
