// Ask: another value, an offer or a condition taken out is another text; the text is the only thing that changes.
(() => {
  const text = () => document.getElementById("text");
  let letter = null; // of the condition that the keyboard was on

  const rewrite = (words, on) => {
    const box = text();
    letter = on || null;
    // Typed as if by hand where there is a keyboard, so that the browser's undo takes it back.
    if (matchMedia("(pointer: fine)").matches) {
      box.focus();
      box.select();
      if (document.execCommand("insertText", false, words)) return;
    }
    box.value = words;
    box.dispatchEvent(new Event("input", { bubbles: true }));
  };

  const close = (except) => document.querySelectorAll(".values").forEach((place) => {
    if (place === except || !place.firstElementChild) return;
    place.replaceChildren();
    opener(place)?.setAttribute("aria-expanded", "false");
  });
  const opener = (place) => document.querySelector(`#understood [aria-expanded="true"][hx-target="#${place.id}"]`);
  const options = (box) => [...box.closest(".listbox").querySelectorAll('[role="option"]:not([aria-disabled])')];
  const mark = (box, option) => {
    options(box).forEach((one) => one.classList.toggle("is-active", one === option));
    if (option) {
      box.setAttribute("aria-activedescendant", option.id);
      option.scrollIntoView({ block: "nearest" });
    } else box.removeAttribute("aria-activedescendant");
  };
  const choose = (option) => rewrite(option.dataset.text, option.closest("[data-c]")?.dataset.c);

  document.addEventListener("click", (event) => {
    const offer = event.target.closest("[data-rewrites]");
    if (offer && text()) {
      event.preventDefault();
      rewrite(offer.value);
      return;
    }
    const option = event.target.closest('.listbox [role="option"]');
    if (option) {
      if (option.dataset.text) choose(option);
      return;
    }
    if (!event.target.closest(".listbox, .chip")) close(null);
  });

  // A list box opens under its condition; pressing its value again closes it.
  document.addEventListener("htmx:beforeRequest", (event) => {
    const value = event.target.closest && event.target.closest(".chip button");
    if (!value) return;
    const wasOpen = value.getAttribute("aria-expanded") === "true";
    close(null);
    if (wasOpen) event.preventDefault();
    else value.setAttribute("aria-expanded", "true");
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    const place = event.detail.target;
    const changed = place.id === "rewritten" && place.querySelector("[data-rewrite]");
    if (changed) rewrite(changed.dataset.rewrite);
    const box = place.matches(".values") && place.querySelector('[role="combobox"]');
    if (!box) return;
    mark(box, place.querySelector('[aria-selected="true"]'));
    // A finger would get a keyboard over the list.
    if (matchMedia("(pointer: fine)").matches) box.focus();
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.detail.target.id !== "understood" || letter === null) return;
    const next = document.querySelector(`#understood .chip[data-c="${letter}"] button`) || text();
    letter = null;
    next.focus();
  });

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      const place = event.target.closest(".values") || document.querySelector(".values:not(:empty)");
      if (!place || !place.firstElementChild) return;
      const value = opener(place);
      close(null);
      value?.focus();
      return;
    }
    const box = event.target;
    if (!box.matches('.listbox [role="combobox"]')) return;
    const all = options(box);
    const at = all.findIndex((one) => one.classList.contains("is-active"));
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      mark(box, at < 0 ? all[step > 0 ? 0 : all.length - 1] : all[(at + step + all.length) % all.length]);
    } else if (event.key === "Enter") {
      event.preventDefault();
      const option = all[at] || (all.length === 1 ? all[0] : null);
      if (option) choose(option);
    }
  });
})();
