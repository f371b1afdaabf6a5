# Every statistic of the evidence layer, computed by metafor on metadat's own copies of the data.
# Usage: Rscript compare.R numbers.csv     Writes rows key,value for compare.py.

suppressPackageStartupMessages(library(metafor))
out <- commandArgs(trailingOnly = TRUE)[1]
invisible(file.create(out))
put <- function(key, values) {
  values <- as.numeric(values)
  keys <- paste(key, seq_along(values) - 1, sep = ":")
  write.table(data.frame(keys, sprintf("%.15g", values)), out, append = TRUE, sep = ",",
              quote = FALSE, row.names = FALSE, col.names = FALSE)
}
tight <- list(threshold = 1e-12, maxiter = 10000, tol = 1e-14)

trials <- dat.linde2005[!is.na(dat.linde2005$ai), ]
morris <- data.frame(
  m1 = c(23.1, 24.9, .6, 55.7, 34.8), s1 = c(13.8, 4.1, .2, 17.3, 3.1),
  m2 = c(19.7, 25.3, .6, 60.7, 33.4), s2 = c(14.8, 3.3, .2, 17.9, 6.9),
  n = c(20, 42, 9, 11, 14), r = c(.47, .64, .77, .89, .44))
stay <- function(measure, ...) escalc(measure, m1i = m1i, sd1i = sd1i, n1i = n1i, m2i = m2i,
                                      sd2i = sd2i, n2i = n2i, data = dat.normand1999, ...)
hair <- data.frame(m1 = c(18.6, 20.9, 26), s1 = c(25.4, 22.5, 19.5), n1 = c(139, 180, 101),
                   m2 = c(3.9, 4.7, 9.4), s2 = c(21.7, 19.7, 14.6), n2 = c(78, 172, 51))
data <- list(
  bcg_rr = escalc("RR", ai = tpos, bi = tneg, ci = cpos, di = cneg, data = dat.bcg),
  bcg_or = escalc("OR", ai = tpos, bi = tneg, ci = cpos, di = cneg, data = dat.bcg),
  bcg_rd = escalc("RD", ai = tpos, bi = tneg, ci = cpos, di = cneg, data = dat.bcg),
  linde_rr = escalc("RR", ai = ai, n1i = n1i, ci = ci, n2i = n2i, data = trials),
  linde_or = escalc("OR", ai = ai, n1i = n1i, ci = ci, n2i = n2i, data = trials),
  hine_rd = escalc("RD", ai = ai, n1i = n1i, ci = ci, n2i = n2i, data = dat.hine1989),
  stay_md = stay("MD"), stay_md_pooled = stay("MD", vtype = "HO"), stay_g = stay("SMD"),
  raudenbush = dat.raudenbush1985,
  hair = escalc("MD", m1i = m1, sd1i = s1, n1i = n1, m2i = m2, sd2i = s2, n2i = n2, data = hair))
for (measure in c("MC", "SMCC", "ROMC"))
  data[[paste0("morris_", tolower(measure))]] <-
    escalc(measure, m1i = m2, m2i = m1, sd1i = s2, sd2i = s1, ni = n, ri = r, data = morris)
data$morris_smcr <-  # sd1i is the spread that standardises: that of the reading before
  escalc("SMCR", m1i = m2, m2i = m1, sd1i = s1, ni = n, ri = r, data = morris)

tests <- c(z = "z", knapp_hartung = "knha", knapp_hartung_guarded = "adhoc")
for (name in names(data)) {
  d <- data[[name]]
  put(paste(name, "effects", sep = "/"), c(d$yi, d$vi))
  for (method in c("EE", "DL", "HE", "SJ", "ML", "REML", "EB", "PM")) for (test in names(tests)) {
    key <- paste(name, method, test, sep = "/")
    r <- suppressWarnings(  # metafor warns that Knapp-Hartung is not meant for EE
      rma(yi, vi, data = d, method = method, test = tests[[test]], control = tight))
    put(paste0(key, "/pooled"), c(r$beta, r$se, r$zval, r$ci.lb, r$ci.ub))
    if (test == "z") put(paste0(key, "/spread"), c(r$tau2, r$I2 / 100, r$H2, r$QE))
    if (test == "z" && method != "EE") put(paste0(key, "/tau2_se"), r$se.tau2)
    if (method != "EE") {
      p <- predict(r)
      put(paste0(key, "/prediction"), c(p$pi.lb, p$pi.ub))
      put(paste0(key, "/blups"), with(blup(r), c(pred, se, pi.lb, pi.ub)))
    }
  }
  # The same call with the default stopping rule, to show what that rule costs.
  for (method in c("ML", "REML", "EB", "PM"))
    put(paste("stop", name, method, sep = "/"), rma(yi, vi, data = d, method = method)$tau2)
  r <- rma(yi, vi, data = d, method = "REML", control = tight)
  ci <- confint(r, control = list(tol = 1e-14))$random  # its root finder stops at 1e-4 by itself
  put(paste(name, "q_profile", sep = "/"), t(ci[, c("ci.lb", "ci.ub")]))
  put(paste(name, "leave_one_out", sep = "/"), leave1out(r)$estimate)
  lm_test <- regtest(r, model = "lm")
  put(paste(name, "egger", sep = "/"), c(lm_test$zval, lm_test$pval, lm_test$est))
  mixed <- regtest(r)
  put(paste(name, "egger_mixed", sep = "/"), c(mixed$zval, mixed$pval, mixed$est))
  put(paste(name, "rank", sep = "/"), unlist(suppressWarnings(ranktest(r))[c("tau", "pval")]))
  # DL: trimfill refits with the default stopping rule whatever rule it is given.
  r <- rma(yi, vi, data = d, method = "DL")
  for (estimator in c("L0", "R0")) for (side in c("left", "right")) {
    f <- trimfill(r, estimator = estimator, side = side)
    put(paste(name, "trim", estimator, side, sep = "/"), c(f$k0, f$se.k0, f$beta, f$se))
  }
}

for (method in c("EE", "DL", "HE", "SJ", "ML", "REML", "EB", "PM")) for (test in names(tests)) {
  for (set in c("ablat", "ablat+year")) {
    formula <- as.formula(paste("~", set))
    r <- suppressWarnings(rma(yi, vi, mods = formula, data = data$bcg_rr, method = method,
                              test = tests[[test]], control = tight))
    put(paste("regression", set, method, test, sep = "/"),
        c(r$beta, r$se, r$ci.lb, r$ci.ub, r$tau2, r$QM, r$QMp, r$QE,
          if (method == "EE") NULL else c(r$I2, r$R2)))
  }
}
groups <- split(data$bcg_rr, dat.bcg$alloc)
rows <- lapply(groups, function(d) rma(yi, vi, data = d, control = tight))
for (name in names(rows)) put(paste("subgroup", name, sep = "/"),
                              c(rows[[name]]$beta, rows[[name]]$se, rows[[name]]$tau2))
between <- rma(sapply(rows, function(r) c(r$beta)), sei = sapply(rows, function(r) r$se),
               mods = ~ factor(names(rows)), method = "EE")
put("subgroup/between", c(between$QM, between$QMp))

sparse <- list(bcg = list(dat.bcg$tpos, dat.bcg$tpos + dat.bcg$tneg, dat.bcg$cpos,
                          dat.bcg$cpos + dat.bcg$cneg),
               linde2005 = list(trials$ai, trials$n1i, trials$ci, trials$n2i),
               hine1989 = with(dat.hine1989, list(ai, n1i, ci, n2i)))
for (name in names(sparse)) {
  s <- sparse[[name]]
  for (measure in c("RR", "OR", "RD")) {
    r <- suppressWarnings(  # a trial with an empty cell is fine here
      rma.mh(measure = measure, ai = s[[1]], n1i = s[[2]], ci = s[[3]], n2i = s[[4]]))
    put(paste("mh", name, measure, sep = "/"), c(r$beta, r$se, r$ci.lb, r$ci.ub))
  }
  r <- suppressWarnings(rma.peto(ai = s[[1]], n1i = s[[2]], ci = s[[3]], n2i = s[[4]]))
  put(paste("peto", name, sep = "/"), c(r$beta, r$se, r$ci.lb, r$ci.ub, r$QE))
}
ml <- rma(yi, vi, data = data$bcg_or, method = "ML", control = tight)
put("profile/bcg_or", confint(ml, type = "PL", control = list(tol = 1e-14))$random[1, 2:3])
put("version", unlist(packageVersion("metafor")))
