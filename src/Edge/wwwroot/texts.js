/**
 * Every word a player reads, in every language. `{name}` stands for a value; a text may have any of them, in any order.
 *
 * Names of players are strangers' texts and may run from right to left: in the page each stands in a `<bdi>` of its own, in plain strings
 * between the characters that do the same, so that no name changes how the words around it read.
 */

const en = {
  language: 'English',
  lead: 'One tap, one rival. Who climbs higher?',
  'lead.many': 'One tap, {count} players. Who climbs highest?',
  'rules.leap': 'Tap, click or press Space to leap to the next ring, when it is above you.',
  'rules.fall': 'Miss it and you are out. A ring holds you for {seconds} seconds.',
  'rules.attack': 'Every {points} rings charge the snowflake: tap it, or press F, and a rival is frozen for {seconds} seconds.',
  'rules.score': 'Once you have {points} points, tap the snowflake or press F: a rival is frozen for {seconds} seconds.',
  'rules.free': 'Tap the snowflake or press F: a rival is frozen for {seconds} seconds.',
  'rules.cost': 'It costs {points} points.',
  'rules.win': 'The highest climb wins.',
  rules: 'How to play',
  name: 'Your name',
  play: 'Play',
  guest: 'Play as a guest',
  connecting: 'Connecting…',
  waiting: 'Looking for a rival',
  'waiting.many': 'Waiting for players',
  'waiting.count': '{here} of {size} players are here',
  'waiting.size': 'The climb begins with {size} players',
  'invite.address': 'To play with somebody near, open this address on another device:',
  'invite.window': 'Nobody there? Open this page in a second window: it is a second player.',
  'invite.code': 'The address as a QR code',
  cancel: 'Cancel',
  back: 'Back',
  leave: 'Leave',
  'leave.battle': 'Leave the battle',
  'leave.ask': 'Give up?',
  'leave.really': 'Really give up the battle?',
  you: 'you',
  stage: 'The climb. Space leaps to the next ring, F freezes a rival.',
  'score.mine': 'Your score',
  'score.rival': "Rival's score",
  rival: 'rival',
  target: 'target',
  'rival.best': 'best of {count}',
  'rival.fell': 'fell',
  'rival.left': 'left',
  'rival.frozen': 'frozen',
  'rival.offline': 'offline',
  'rival.offline.for': 'offline · {seconds} s',
  rivals: 'Your rivals. Choose whom to freeze.',
  'rival.choose': '{name}: {score}. {state}',
  versus: 'vs',
  'versus.players': '{count} players',
  frozen: 'Frozen',
  attack: 'Freeze',
  'attack.missing': '{points} more to freeze',
  'attack.ready': 'Freeze your rival!',
  'attack.ready.key': 'F: freeze your rival',
  'attack.ready.name': 'Freeze {name}!',
  'attack.hold': 'Hold on…',
  finish: 'Take the win',
  'finish.hint': 'All rivals are out, and you lead. Or climb on!',
  'rivals.out.one': '{name} is out at {score}. Climb on!',
  'rivals.out.many': 'All rivals are out, the best at {score}. Climb on!',
  'hint.tap': 'Tap to leap!',
  'hint.key': 'Space to leap!',
  perfect: 'Perfect!',
  fallen: 'You fell at {score}',
  stopped: 'You stopped at {score}',
  'fallen.one': '{name} is still climbing: {score}',
  'fallen.many': '{count} are still climbing, {name} highest: {score}',
  'fallen.wait': 'The result comes at once.',
  WIN: 'You win',
  LOSE: 'You lose',
  DRAW: 'Draw',
  'result.win.one': 'You climbed higher than {name}.',
  'result.win.many': 'You climbed highest of {count}.',
  'result.win.left': '{name} left the battle.',
  'result.lose.one': '{name} climbed higher.',
  'result.lose.many': '{name} climbed highest of {count}.',
  'result.lose.shared': '{names} share the top.',
  'result.draw.one': 'You and {name}: head to head to the end.',
  'result.draw.many': 'You share the top with {names}.',
  'result.lose.short': 'The server counts it as lost.',
  record: '{wins} won · {losses} lost · {draws} drawn',
  again: 'Play again',
  'again.hint': 'Against whoever is waiting next.',
  replaced: 'You play elsewhere now',
  'replaced.text': 'The same player has connected from another device. This window stands aside.',
  'take.over': 'Play here instead',
  reconnecting: 'Reconnecting…',
  'reconnecting.text': 'Your place is kept.',
  'reconnecting.attempt': 'Your place is kept. Attempt {attempt}.',
  unreachable: 'The server does not answer',
  'unreachable.text': 'It is tried again by itself.',
  'unreachable.attempt': 'It is tried again by itself. Attempt {attempt}.',
  slow: 'Waiting for the server…',
  'slow.text': 'What you did is on its way.',
  statistics: 'Server statistics',
  'statistics.json': 'as JSON',
  'statistics.live': 'live',
  'statistics.loading': 'loading',
  'statistics.silent': 'The server does not answer.',
  'statistics.servers': 'Battle servers',
  'statistics.server': 'Server',
  'statistics.address': 'Address',
  'statistics.state': 'State',
  'statistics.load': 'Load',
  'statistics.ports': 'Ports',
  'sound.off': 'Turn the sound off',
  'sound.on': 'Turn the sound on',
  'tell.begin': 'Against {names}. Space leaps, F freezes.',
  'tell.frozen': 'You are frozen.',
  'tell.iced': '{name} is frozen.',
  'tell.fell': '{name} fell.',
  'tell.left': '{name} left.',
  'toast.name': 'Type a name, or play as a guest.',
  'toast.name.long': 'That name is too long: 64 letters at most, fewer with emoji.',
  'toast.name.refused': 'The server does not take that name. Choose another one.',
  'toast.name.here': '{name} already plays in another window of this browser. Choose another name.',
  'toast.name.taken': 'That name is registered, and this browser does not have its key. Choose another name.',
  'toast.guest': 'This server wants players with a name.',
  'toast.mode': 'This server has no mode “{mode}”.',
  'toast.over': 'That battle is over.',
  'toast.away': 'Your last battle ended while you were away: {result}.',
  'toast.unreachable': 'The server does not answer. Try again.',
  'error.rate_limited': 'That was too fast. Wait a moment.',
  'error.unavailable': 'That is not possible just now.',
  'error.attack_not_ready': 'The snowflake is not charged yet.',
  'error.frozen': 'You are frozen.',
  'error.invalid_target': 'That rival cannot be frozen.',
  'error.timeout': 'The server did not answer.',
  'error.other': 'The server refused that ({code}).',
};

const zh = {
  language: '中文',
  lead: '一次点击，一个对手。谁爬得更高？',
  'lead.many': '一次点击，{count} 名玩家。谁爬得最高？',
  'rules.leap': '点击屏幕或按空格键：当下一个圆环在正上方时，跳上去。',
  'rules.fall': '没跳中就出局。每个圆环只能站 {seconds} 秒。',
  'rules.attack': '每爬 {points} 环充好一片雪花：点雪花或按 F，冻住对手 {seconds} 秒。',
  'rules.score': '达到 {points} 分后，点雪花或按 F，冻住对手 {seconds} 秒。',
  'rules.free': '点雪花或按 F，冻住对手 {seconds} 秒。',
  'rules.cost': '每次花费 {points} 分。',
  'rules.win': '爬得最高者获胜。',
  rules: '玩法',
  name: '你的名字',
  play: '开始',
  guest: '以访客身份玩',
  connecting: '正在连接…',
  waiting: '正在寻找对手',
  'waiting.many': '正在等待玩家',
  'waiting.count': '已到 {here} / {size} 名玩家',
  'waiting.size': '满 {size} 名玩家即开始',
  'invite.address': '想和身边的人一起玩，请在另一台设备上打开：',
  'invite.window': '没有人？再开一个窗口打开本页，就是第二名玩家。',
  'invite.code': '地址的二维码',
  cancel: '取消',
  back: '返回',
  leave: '离开',
  'leave.battle': '离开对战',
  'leave.ask': '认输？',
  'leave.really': '真的要认输吗？',
  you: '你',
  stage: '攀爬区。空格键跳到下一个圆环，F 键冻住对手。',
  'score.mine': '你的分数',
  'score.rival': '对手的分数',
  rival: '对手',
  target: '目标',
  'rival.best': '{count} 人中最高',
  'rival.fell': '掉下去了',
  'rival.left': '离开了',
  'rival.frozen': '被冻住',
  'rival.offline': '掉线',
  'rival.offline.for': '掉线 · {seconds} 秒',
  rivals: '你的对手。选择要冻住谁。',
  'rival.choose': '{name}：{score}。{state}',
  versus: '对',
  'versus.players': '{count} 名玩家',
  frozen: '冻住了',
  attack: '冰冻',
  'attack.missing': '还差 {points} 分',
  'attack.ready': '冻住对手！',
  'attack.ready.key': 'F：冻住对手',
  'attack.ready.name': '冻住 {name}！',
  'attack.hold': '坚持住…',
  finish: '拿下胜利',
  'finish.hint': '对手全部出局，你领先。也可以继续爬！',
  'rivals.out.one': '{name} 以 {score} 分出局。继续爬！',
  'rivals.out.many': '对手全部出局，最高 {score} 分。继续爬！',
  'hint.tap': '点击跳跃！',
  'hint.key': '按空格跳跃！',
  perfect: '完美！',
  fallen: '你在 {score} 分掉下去了',
  stopped: '你停在 {score} 分',
  'fallen.one': '{name} 还在爬：{score}',
  'fallen.many': '还有 {count} 人在爬，{name} 最高：{score}',
  'fallen.wait': '马上出结果。',
  WIN: '你赢了',
  LOSE: '你输了',
  DRAW: '平局',
  'result.win.one': '你爬得比 {name} 高。',
  'result.win.many': '你是 {count} 人中最高的。',
  'result.win.left': '{name} 离开了对战。',
  'result.lose.one': '{name} 爬得更高。',
  'result.lose.many': '{name} 是 {count} 人中最高的。',
  'result.lose.shared': '{names} 并列第一。',
  'result.draw.one': '你和 {name} 不分高下。',
  'result.draw.many': '你和 {names} 并列第一。',
  'result.lose.short': '服务器判定为输。',
  record: '{wins} 胜 · {losses} 负 · {draws} 平',
  again: '再玩一局',
  'again.hint': '对手是下一位等待的玩家。',
  replaced: '你在别处玩',
  'replaced.text': '同一名玩家已从另一台设备连接。本窗口让位。',
  'take.over': '改在这里玩',
  reconnecting: '正在重新连接…',
  'reconnecting.text': '你的位置已保留。',
  'reconnecting.attempt': '你的位置已保留。第 {attempt} 次尝试。',
  unreachable: '服务器没有回应',
  'unreachable.text': '会自动重试。',
  'unreachable.attempt': '会自动重试。第 {attempt} 次尝试。',
  slow: '正在等服务器…',
  'slow.text': '你的操作已在路上。',
  statistics: '服务器统计',
  'statistics.json': 'JSON 格式',
  'statistics.live': '实时',
  'statistics.loading': '加载中',
  'statistics.silent': '服务器没有回应。',
  'statistics.servers': '对战服务器',
  'statistics.server': '服务器',
  'statistics.address': '地址',
  'statistics.state': '状态',
  'statistics.load': '负载',
  'statistics.ports': '端口',
  'sound.off': '关闭声音',
  'sound.on': '打开声音',
  'tell.begin': '对手：{names}。空格跳跃，F 冰冻。',
  'tell.frozen': '你被冻住了。',
  'tell.iced': '{name} 被冻住了。',
  'tell.fell': '{name} 掉下去了。',
  'tell.left': '{name} 离开了。',
  'toast.name': '请输入名字，或以访客身份玩。',
  'toast.name.long': '名字太长：最多 64 个字符，含表情或汉字时更少。',
  'toast.name.refused': '服务器不接受这个名字，请换一个。',
  'toast.name.here': '{name} 已在本浏览器的另一个窗口里玩。请换一个名字。',
  'toast.name.taken': '这个名字已被注册，而本浏览器没有它的密钥。请换一个名字。',
  'toast.guest': '本服务器只接受有名字的玩家。',
  'toast.mode': '本服务器没有“{mode}”模式。',
  'toast.over': '那场对战已经结束。',
  'toast.away': '你不在时，上一场对战结束了：{result}。',
  'toast.unreachable': '服务器没有回应，请再试一次。',
  'error.rate_limited': '太快了，请稍等。',
  'error.unavailable': '现在不行，请稍后再试。',
  'error.attack_not_ready': '雪花还没有充好。',
  'error.frozen': '你被冻住了。',
  'error.invalid_target': '不能冻住这个对手。',
  'error.timeout': '服务器没有回应。',
  'error.other': '服务器拒绝了（{code}）。',
};

/** The languages by their tags, the first one for everybody else. */
export const languages = { en, zh };

const storageKey = 'ringleap.language';

/** Names: what a player or a stranger typed. All other values are the page's own. */
const typed = new Set(['name', 'names', 'mode']);

let current = preferred();

/** The language in use, as its tag. */
export const language = () => current;

/** The languages there are besides this one. */
export const otherLanguages = () => Object.keys(languages).filter(tag => tag !== current);

/** Uses another language, also the next time. */
export function speak(tag) {
  current = tag;
  try {
    localStorage.setItem(storageKey, tag);
  } catch { /* Storage is forbidden: the choice lasts as long as the page. */ }
  translate();
}

/** What was written where, so that it can be written again in another language. */
const written = new WeakMap();

/** Fills in everything in the document that says in `data-text` or `data-label` which text it wants, and all that was written since. */
export function translate() {
  document.documentElement.lang = current;
  for (const element of document.querySelectorAll('*')) {
    const { text: key, label } = element.dataset ?? {};
    if (written.has(element)) write(element, ...written.get(element));
    else if (key) element.textContent = text(key);
    if (label) element.setAttribute('aria-label', text(label));
  }
}

/** A text as a plain string. */
export function text(key, values = {}) {
  return partsOf(key, values).map(part => (typeof part === 'string' ? part : `\u2068${part.name}\u2069`)).join('');
}

/** Writes a text into an element, if it is not there already; true if something changed. */
export function write(element, key, values = {}) {
  const parts = partsOf(key, values);
  written.set(element, [key, values]);
  if (element.textContent === parts.map(part => part.name ?? part).join('')) return false;
  element.replaceChildren(...parts.map(part => (typeof part === 'string' ? part : isolated(part.name))));
  return true;
}

/** A name, in an element that keeps it to itself. */
export function isolated(name) {
  const element = document.createElement('bdi');
  element.textContent = name;
  return element;
}

function partsOf(key, values) {
  return languages[current][key].split(/\{(\w+)\}/).flatMap((part, i) => {
    if (i % 2 === 0) return part ? [part] : [];
    const value = values[part];
    if (!typed.has(part)) return [String(value)];
    if (!Array.isArray(value)) return [{ name: value }];
    return new Intl.ListFormat(current).formatToParts(value).map(each => (each.type === 'element' ? { name: each.value } : each.value));
  });
}

function preferred() {
  let chosen = null;
  try {
    chosen = localStorage.getItem(storageKey);
  } catch { /* Storage is forbidden: the browser's languages decide. */ }
  return [chosen, ...navigator.languages].map(tag => tag?.split('-')[0]).find(tag => tag in languages) ?? Object.keys(languages)[0];
}
