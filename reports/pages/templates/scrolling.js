// A box whose content is wider than itself can be reached, and so scrolled, with the keyboard.

(function reachScrollingBoxes() {
  const watch = new ResizeObserver((changes) => {
    for (const { target } of changes) {
      if (target.scrollWidth > target.clientWidth) target.setAttribute("tabindex", "0");
      else target.removeAttribute("tabindex");
    }
  });
  for (const box of document.querySelectorAll(".scroll, nav ul")) watch.observe(box);
})();
