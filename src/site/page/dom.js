// Finding, making and placing elements; and the clipboard.

export const by = (id) => document.getElementById(id);

/** make("a", { href: "/" }, "text", element) */
export function make(tag, properties, ...children) {
  const it = Object.assign(document.createElement(tag), properties);
  it.append(...children);
  return it;
}

export const button = (text, action) => make("button", { type: "button", onclick: action }, text);

/**
 * Makes `wanted` the children of `parent`. Who stays is not touched, so it keeps its focus, and the
 * browser keeps the scroll position by it.
 */
export function arrange(parent, wanted) {
  const stays = new Set(wanted);
  for (const child of [...parent.children]) if (!stays.has(child)) child.remove();
  let at = parent.firstElementChild;
  for (const child of wanted) {
    if (child === at) at = at.nextElementSibling;
    else parent.insertBefore(child, at);
  }
}

/** Says whether it worked. */
export async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Plain http has no clipboard, but the old way still works there.
    const field = make("textarea", { className: "unseen", value: text });
    const focused = document.activeElement;
    document.body.append(field);
    field.select();
    const isCopied = document.execCommand("copy");
    field.remove();
    focused?.focus();
    return isCopied;
  }
}
