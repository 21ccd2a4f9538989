//! What the page is asked, in JavaScript.

/// What has the focus, however deep in shadow trees.
pub(super) const FOCUSED: &str = "
    let focused = document.activeElement;
    while (focused.shadowRoot?.activeElement) focused = focused.shadowRoot.activeElement;";

pub(super) const PICTURE_SIZE: &str = "
    const { naturalWidth, naturalHeight } = document.querySelector('step-up-dialog').shadowRoot.querySelector('#picture-shown');
    return [naturalWidth, naturalHeight];";

pub(super) const VIOLATIONS: &str = "
    const done = arguments[arguments.length - 1];
    const finite = document.getAnimations().filter(({ effect }) => effect.getComputedTiming().endTime !== Infinity);
    Promise.allSettled(finite.map(({ finished }) => finished))
        .then(() => axe.run(document, { resultTypes: ['violations'] }))
        .then(({ violations }) => done(violations.map(({ id, nodes }) => `${id} ${JSON.stringify(nodes[0].target)}`)), (error) => done([String(error)]));";

pub(super) const HISTORY: &str = "
    const word = (entry, name) => entry.querySelector(name).textContent;
    const entries = [...document.querySelectorAll('#history-entries li')];
    return entries.map((entry) => `${word(entry, '.history-what')}: ${word(entry, '.history-how')}`);";

pub(super) const REQUESTS: &str = "
    return performance.getEntriesByType('resource').map(({ name }) => new URL(name).pathname);";

pub(super) const STOP_WHEN_ALLOWED: &str = "
    const done = arguments[arguments.length - 1];
    const dialog = document.querySelector('step-up-dialog');
    const stop = dialog.shadowRoot.querySelector('biometry-scanner').shadowRoot.querySelector('#stop');
    function look() {
        const state = dialog.getAttribute('state');
        const isAllowed = state === 'recording' && stop.getAttribute('aria-disabled') !== 'true';
        if (['ready', 'countdown', 'recording'].includes(state) && !isAllowed) return requestAnimationFrame(look);
        if (isAllowed) stop.click();
        done(isAllowed);
    }
    look();";

pub(super) const NOTE_UPLOADS: &str = "
    const append = FormData.prototype.append;
    window.sent = [];
    FormData.prototype.append = function (name, value, ...rest) {
        if (name === 'video') window.sent.push(value);
        return append.call(this, name, value, ...rest);
    };";

pub(super) const DIGEST_UPLOADS: &str = "
    const done = arguments[arguments.length - 1];
    const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
    const digest = async (blob) => {
        const bytes = await blob.arrayBuffer();
        const sha256 = hex(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)));
        return { len: blob.size, sha256, start: hex(new Uint8Array(bytes.slice(0, 4))) };
    };
    Promise.all(window.sent.map(digest)).then(done, (error) => done(String(error)));";

pub(super) const KEPT: &str = "
    const done = arguments[arguments.length - 1];
    Promise.all([indexedDB.databases(), caches.keys()]).then(([databases, caches]) => done({
        storage: [...Object.keys(localStorage), ...Object.keys(sessionStorage)],
        databases: databases.map(({ name }) => name),
        caches,
        cookies: document.cookie,
        query: (location.search + location.hash).replace(/^[?]sdk$/, ''),
    }));";
