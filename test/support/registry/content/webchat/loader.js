// Embedded by a customer's page: <script src="https://HOST/webchat/loader.js"></script>
(() => {
  const source = new URL('./', document.currentScript.src);
  const frame = document.createElement('iframe');
  frame.id = 'proto-webchat';
  frame.title = 'Webchat';
  frame.src = source.href;
  frame.style.cssText =
    'position:fixed;right:1rem;bottom:1rem;width:20rem;height:24rem;border:1px solid #888;background:#fff';
  const attach = () => document.body.append(frame);
  if (document.body === null) document.addEventListener('DOMContentLoaded', attach);
  else attach();
})();
