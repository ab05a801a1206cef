const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
const socket = new WebSocket(`${scheme}://${location.host}/msgrouter_ws/`);

function byId(id) {
  return document.getElementById(id);
}

function setState(state) {
  byId('state').textContent = state;
}

function addMessage(kind, text) {
  const item = document.createElement('li');
  item.className = kind;
  item.textContent = text;
  byId('messages').append(item);
}

document.documentElement.dataset.version = '__VERSION__';
socket.addEventListener('open', () => setState('connected'));
socket.addEventListener('close', () => setState('disconnected'));
socket.addEventListener('message', (event) => addMessage('received', event.data));

byId('form').addEventListener('submit', (event) => {
  event.preventDefault();
  const text = byId('text').value;
  if (text === '' || socket.readyState !== WebSocket.OPEN) return;
  socket.send(text);
  addMessage('sent', text);
  byId('text').value = '';
});
