// The form of a campaign: a slot is put into the text where the cursor is.
(() => {
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-into]");
    const text = button && document.getElementById(button.dataset.into);
    if (!text) return;
    text.setRangeText(button.dataset.words, text.selectionStart, text.selectionEnd, "end");
    text.focus();
    text.dispatchEvent(new Event("input", { bubbles: true }));
  });
})();
