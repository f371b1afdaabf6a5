# Reference fits: Rscript compare.R FOLDER. Reads FOLDER/set_*.csv, writes FOLDER/numbers.csv with
# set, program, structure, statistic, index, value. Stopping rules are tightened as far as they go.
suppressMessages({library(nlme); library(lmerTest); library(pbkrtest)})
folder <- commandArgs(TRUE)[1]
tight <- glsControl(tolerance = 1e-10, msTol = 1e-12, maxIter = 500, msMaxIter = 500,
                    returnObject = TRUE)
out <- list()
put <- function(set, program, structure, statistic, values)
  out[[length(out) + 1]] <<- data.frame(set, program, structure, statistic,
                                        index = seq_along(values) - 1, value = unname(values))
for (path in sort(list.files(folder, "^set_", full.names = TRUE))) {
  set <- sub(".csv", "", basename(path))
  d <- read.csv(path)
  v <- max(d$visit)
  d$t <- factor(d$visit)
  d$a <- factor(d$arm)
  model <- y ~ 0 + a:t + t:b + s
  laws <- list(
    unstructured = list(corSymm(form = ~ visit | person), varIdent(form = ~ 1 | t)),
    toeplitz = list(corARMA(form = ~ visit | person, p = v - 1), NULL),
    ar1 = list(corAR1(form = ~ visit | person), NULL),
    compound_symmetry = list(corCompSymm(form = ~ visit | person), NULL))
  for (law in names(laws)) {
    fit <- try(gls(model, d, correlation = laws[[law]][[1]], weights = laws[[law]][[2]],
                   method = "REML", control = tight), silent = TRUE)
    if (inherits(fit, "try-error")) next
    put(set, "nlme", law, "minus two log likelihood", -2 * as.numeric(logLik(fit)))
    put(set, "nlme", law, "estimate", coef(fit))
    put(set, "nlme", law, "standard error", sqrt(diag(vcov(fit))))
  }
  fit <- lmer(update(model, . ~ . + (1 | person)), d, control = lmerControl(
    optCtrl = list(xtol_rel = 1e-12, ftol_abs = 1e-14, ftol_rel = 1e-15, maxeval = 1e5)))
  if (isSingular(fit)) next
  p <- length(fixef(fit))
  adjusted <- vcovAdj(fit)
  put(set, "lmerTest", "compound_symmetry", "Satterthwaite df",
      sapply(seq_len(p), function(j) contest1D(fit, diag(p)[j, ])[["df"]]))
  put(set, "pbkrtest", "compound_symmetry", "Kenward-Roger se", sqrt(diag(as.matrix(adjusted))))
  put(set, "pbkrtest", "compound_symmetry", "Kenward-Roger df",
      sapply(seq_len(p), function(j) Lb_ddf(diag(p)[j, ], vcov(fit), adjusted)))
}
write.csv(do.call(rbind, out), file.path(folder, "numbers.csv"), row.names = FALSE)
