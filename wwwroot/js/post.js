/** Posts a value as JSON; a turn to the sign-in page is not followed. */
export function post(url, value, { accept = "application/json", signal } = {}) {
  return fetch(url, { method: "POST", redirect: "manual", headers: { "Content-Type": "application/json", Accept: accept }, body: JSON.stringify(value), signal });
}
