// Nodes made by hand: text stays text.

/** An element with attributes and children (strings become text nodes). */
export function element(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children);
  return node;
}

/** Shows another sign in an svg that has one. */
export function setSign(svg, name) { svg.firstElementChild.setAttribute("href", `#${name}`); }
