/** A refusal of the server (RFC 9457), or a failure that never reached it. */
export class Problem extends Error {
  /**
   * @param {string} code of the server, or one of the page's own, such as `network-error`
   * @param {Record<string, any>} [members] of the problem document
   */
  constructor(code, members = {}) {
    super(code);
    this.name = 'Problem';
    this.code = code;
    this.status = members.status;
    this.title = textOf(members.title);
    this.detail = textOf(members.detail);
    this.requestId = textOf(members.request_id);
    /** In seconds. */
    this.retryAfter = members.retryAfter;
    this.members = members;
  }
}

/** Clients of other makes throw problems of their own making. */
export const isProblem = (error) => error?.name === 'Problem';

export function textOf(value) {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
