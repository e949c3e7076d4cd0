/**
 * Shows `/stats` and asks again every two seconds. Takes what is there: which counts a server has is its own affair. Where battle servers
 * are used and this page may know of them (`/battle-servers`: on the machine itself, without an API key), they are listed too.
 */

import { language, translate, write } from './texts.js';

const pause = 2000;
const first = ['connections', 'waiting', 'battles'];
const $ = id => document.getElementById(id);

async function poll() {
  try {
    const response = await fetch('stats', { cache: 'no-store', headers: { Accept: 'application/json' } });
    if (!response.ok) throw new Error(`the server answered ${response.status}`);
    const stats = await response.json();
    showCounts(stats);
    showServers(await serversOf(stats));
    write($('state'), 'statistics.live');
  } catch {
    write($('state'), 'statistics.silent'); // What is shown stays, and the next poll may do better.
  }
  setTimeout(poll, pause);
}

let mayList = true;

async function serversOf({ servers }) {
  if (!servers || !mayList) return [];
  const response = await fetch('battle-servers', { cache: 'no-store' });
  mayList = response.ok || response.status >= 500;
  return response.ok ? (await response.json()).servers ?? [] : [];
}

function showCounts(stats) {
  const counts = Object.entries(stats).filter(([, value]) => typeof value === 'number' || typeof value === 'string');
  const rank = ([name]) => (first.includes(name) ? first.indexOf(name) : first.length);
  counts.sort((a, b) => rank(a) - rank(b));
  $('counts').replaceChildren(...counts.map(([name, value]) => {
    const count = element('div', first.includes(name) ? 'first' : '');
    count.append(element('dt', '', name.replaceAll('_', ' ')), element('dd', '', typeof value === 'number' ? number(value) : value));
    return count;
  }));
}

function number(value) {
  return new Intl.NumberFormat(language(), { maximumFractionDigits: value < 100 ? 2 : 0 }).format(value);
}

function showServers(servers) {
  $('servers').hidden = servers.length === 0;
  $('servers').querySelector('tbody').replaceChildren(...servers.map(server => {
    const row = element('tr');
    const state = element('td');
    state.append(element('span', `mark ${server.state ?? ''}`, server.state ?? ''));
    const ports = element('td');
    ports.append(...(server.ports ?? []).map(showPort));
    row.append(
      element('td', '', server.server_id ?? ''), element('td', '', server.address ?? ''), state,
      element('td', '', String(server.load ?? '')), ports);
    return row;
  }));
}

/** A port, the accelerator's port that leads to it, and who is there. */
function showPort(port) {
  const outside = port.outside_port ? ` ← ${port.outside_port}` : '';
  const people = port.connections ? ` · ${port.connections} here` : '';
  const mark = element('span', port.battle_id ? 'port taken' : 'port', `${port.port}${outside}${people}`);
  mark.title = port.battle_id ? `battle ${port.battle_id}` : 'free';
  return mark;
}

function element(name, className = '', text = '') {
  const made = document.createElement(name);
  made.className = className;
  made.textContent = text;
  return made;
}

translate();
poll();
