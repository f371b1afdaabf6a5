// One slider and one list of visits for each row of scalp pictures.
(() => {
  for (const row of document.currentScript.parentNode.querySelectorAll('.course')) {
    const cut = row.querySelector('input'), week = row.querySelector('select');
    const show = () => {
      row.style.setProperty('--cut', cut.value + '%');
      cut.setAttribute('aria-valuetext',
        'today left of ' + cut.value + ' percent, week ' + week.value + ' right of it');
      for (const part of row.querySelectorAll('[data-week]'))
        part.classList.toggle('shown', part.dataset.week === week.value);
    };
    cut.oninput = week.onchange = show;
    row.classList.add('sliding');
    show();
  }
})();
