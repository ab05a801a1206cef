const version = '__VERSION__';

function byId(id) {
  return document.getElementById(id);
}

function show() {
  byId('path').textContent = location.pathname;
  byId('version').textContent = version;
}

async function askPlatform() {
  try {
    const response = await fetch('/api/platform/status', {
      headers: { accept: 'application/json' },
    });
    byId('platform').textContent = `${response.status} ${await response.text()}`;
  } catch (error) {
    byId('platform').textContent = `unreachable: ${error.message}`;
  }
}

document.querySelector('nav').addEventListener('click', (event) => {
  const link = event.target.closest('a');
  if (link === null) return;
  event.preventDefault();
  history.pushState(null, '', link.href);
  show();
});
window.addEventListener('popstate', show);

show();
askPlatform();
