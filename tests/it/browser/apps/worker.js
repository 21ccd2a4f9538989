self.addEventListener('fetch', (event) => {
  if (new URL(event.request.url).pathname.startsWith('/biometry/')) return;   // not the worker's business
  event.respondWith(answer(event.request));
});

// What follows is not in the manual: a worker as offline pages have one, which keeps everything that it has got once.
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));

async function answer(request) {
  const cache = await caches.open('all');
  const kept = await cache.match(request);
  if (kept) return kept;
  const response = await fetch(request);
  if (request.method === 'GET' && response.ok) await cache.put(request, response.clone());
  return response;
}
