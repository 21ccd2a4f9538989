/** Node finds what the bank's page imports from the mount in the folder that it is served from. */

import { register } from 'node:module';

const folder = new URL('../../../../crates/biometry-gate-ui/js/', import.meta.url).href;
const hooks = `export const resolve = (name, context, next) => next(name.replace(/^\\/biometry\\/ui\\//, ${JSON.stringify(folder)}), context);`;
register(`data:text/javascript,${encodeURIComponent(hooks)}`);
