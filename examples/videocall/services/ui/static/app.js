const { apiBaseUrl, wsUrl } = window.__APP_CONFIG ?? {};
const reconnectAfter = 1000; // ms
let socket;

/** Shows a text in the element with this id; a state colours it. */
function show(id, text, state) {
  const element = document.getElementById(id);
  element.textContent = text;
  if (state) element.dataset.state = state;
}

async function fetchJson(url, options) {
  const response = await fetch(url, { cache: 'no-store', ...options });
  const body = await response.json();
  if (!response.ok) throw new Error(body.error ?? `HTTP ${response.status}`);
  return body;
}

async function showVersion(id, base) {
  try {
    const { git_sha: commit } = await fetchJson(`${base}/version`);
    show(id, commit);
    return commit;
  } catch (error) {
    show(id, `unknown (${error.message})`);
    return 'unknown';
  }
}

async function listMeetings() {
  try {
    const meetings = await fetchJson(`${apiBaseUrl}/api/meetings`);
    document
      .getElementById('meetings')
      .replaceChildren(
        ...meetings.map(({ name, createdAt }) => listItem(name, new Date(createdAt).toLocaleString())),
      );
    show('api-status', 'ok', 'ok');
  } catch (error) {
    show('api-status', `failed: ${error.message}`, 'failed');
  }
}

async function createMeeting(event) {
  event.preventDefault();
  const input = document.getElementById('meeting-name');
  try {
    await fetchJson(`${apiBaseUrl}/api/meetings`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name: input.value }),
    });
    input.value = '';
    await listMeetings();
  } catch (error) {
    show('api-status', `failed: ${error.message}`, 'failed');
  }
}

/** Enters the lobby and, when the connection ends, enters again. */
async function enterLobby() {
  try {
    const { token } = await fetchJson(`${apiBaseUrl}/api/token`);
    socket = new WebSocket(`${wsUrl}/ws?token=${encodeURIComponent(token)}`);
    socket.addEventListener('open', () => show('ws-status', 'connected', 'ok'));
    socket.addEventListener('message', ({ data }) => hear(JSON.parse(data)));
    socket.addEventListener('close', () => enterLater('disconnected'));
  } catch (error) {
    enterLater(`failed: ${error.message}`);
  }
}

function enterLater(reason) {
  show('ws-status', reason, 'failed');
  setTimeout(enterLobby, reconnectAfter);
}

function hear({ type, from, text }) {
  if (type === 'meeting-created') {
    void listMeetings();
    return;
  }
  show('ws-message', text);
  document.getElementById('messages').prepend(listItem(text, from));
}

function sendMessage(event) {
  event.preventDefault();
  const input = document.getElementById('message-text');
  if (socket?.readyState !== WebSocket.OPEN) return;
  socket.send(JSON.stringify({ text: input.value }));
  input.value = '';
}

function listItem(text, detail) {
  const item = document.createElement('li');
  const small = document.createElement('small');
  small.textContent = detail;
  item.append(text, small);
  return item;
}

document.getElementById('new-meeting').addEventListener('submit', (event) => void createMeeting(event));
document.getElementById('new-message').addEventListener('submit', sendMessage);
void showVersion('version-ui', '').then((commit) => show('commit', commit));
void showVersion('version-api', apiBaseUrl);
void showVersion('version-websocket', wsUrl?.replace(/^ws/, 'http'));
void listMeetings();
void enterLobby();
