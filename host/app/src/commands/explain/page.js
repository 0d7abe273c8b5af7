(function () {
  "use strict";
  var pinned = null;
  function friends(node) {
    if (node.dataset.to) {
      return node.dataset.to.split(" ").map(function (id) { return document.getElementById(id); });
    }
    return Array.prototype.filter.call(document.querySelectorAll("tr[data-to]"), function (row) {
      return row.dataset.to.split(" ").indexOf(node.id) >= 0;
    });
  }
  function mark(node, on) {
    [node].concat(Array.prototype.slice.call(friends(node))).forEach(function (one) {
      if (one) { one.classList.toggle("on", on); }
    });
  }
  function found(event) { return event.target.closest ? event.target.closest("tr[data-to], .from") : null; }
  document.addEventListener("mouseover", function (event) { var node = found(event); if (node && !pinned) { mark(node, true); } });
  document.addEventListener("mouseout", function (event) { var node = found(event); if (node && !pinned) { mark(node, false); } });
  document.addEventListener("click", function (event) {
    if (event.target.closest("a, summary")) { return; }
    var node = found(event), before = pinned;
    if (before) { mark(before, false); pinned = null; }
    if (!node || node === before) { return; }
    pinned = node;
    mark(node, true);
    var other = friends(node)[0];
    if (other) { other.scrollIntoView({ block: "nearest" }); }
  });
})();
