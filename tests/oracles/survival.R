# Answers of R's survival package for the curves and tests of src/statistics. Writes survival.json beside this file:
#   Rscript tests/oracles/survival.R > tests/oracles/survival.json
# Cases are published small tables (aml: Miller 1997; gehan: Gehan 1965) or drawn here from a fixed seed.
suppressMessages({ library(survival); library(MASS) })

num <- function(x) paste0("[", paste(ifelse(is.na(x), "null", sprintf("%.17g", x)), collapse = ","), "]")
one <- function(x) if (is.na(x)) "null" else sprintf("%.17g", x)
obj <- function(...) { v <- list(...); paste0("{", paste0('"', names(v), '":', unlist(v), collapse = ","), "}") }

curve <- function(entry, time, status, taus) {
  s <- if (is.null(entry)) Surv(time, status > 0) else Surv(entry, time, status > 0)
  fit <- function(type) survfit(s ~ 1, conf.type = type)
  f <- fit("log-log")
  limits <- sapply(c("log-log", "log", "plain"), function(type) {
    g <- fit(type); m <- summary(g)$table
    obj(lower = num(g$lower), upper = num(g$upper), median = num(m[c("median", "0.95LCL", "0.95UCL")]))
  })
  # quantile() sorts a band that turns up again (early gaps in the risk set, under delayed entry) and so reads it out of order: left out.
  falls <- function(band) all(diff(band[!is.na(band)]) <= 0)
  q <- if (falls(f$lower) && falls(f$upper)) quantile(f, c(.25, .5, .75)) else NULL
  rmst <- sapply(taus, function(tau) { m <- summary(f, rmean = tau)$table; num(c(tau, m[["rmean"]], m[["se(rmean)"]])) })
  obj(time = num(f$time), at_risk = num(f$n.risk), events = num(f$n.event), censored = num(f$n.censor), survival = num(f$surv),
      standard_error = num(ifelse(f$surv > 0, f$surv * f$std.err, NA)), hazard = num(f$cumhaz), hazard_standard_error = num(f$std.chaz),
      limits = paste0("{", paste0('"', names(limits), '":', limits, collapse = ","), "}"),
      quartiles = if (is.null(q)) "null" else paste0("[", num(q$quantile), ",", num(q$lower), ",", num(q$upper), "]"),
      restricted_mean = paste0("[", paste(rmst, collapse = ","), "]"))
}

incidence <- function(time, status) {
  k <- max(status)
  f <- survfit(Surv(time, factor(status, 0:k)) ~ 1)
  z <- qnorm(.975)
  per <- sapply(1:k, function(j) {
    p <- f$pstate[, j + 1]; se <- f$std.err[, j + 1]; inside <- p > 0 & p < 1
    a <- ifelse(inside, p^exp(-z * se / (p * log(p))), NA); b <- ifelse(inside, p^exp(z * se / (p * log(p))), NA)
    obj(share = num(p), standard_error = num(se), lower = num(pmin(a, b)), upper = num(pmax(a, b)))
  })
  obj(time = num(f$time), causes = paste0("[", paste(per, collapse = ","), "]"))
}

log_rank <- function(time, status, group) {
  d <- survdiff(Surv(time, status > 0) ~ group)
  df <- sum(d$exp > 0) - 1
  obj(statistic = one(d$chisq), degrees_of_freedom = df, p_value = one(pchisq(d$chisq, df, lower.tail = FALSE)),
      observed = num(d$obs), expected = num(d$exp), spells = num(as.vector(d$n)))
}

case <- function(name, time, status, taus = max(time), entry = NULL, group = NULL, competing = FALSE) {
  group_number <- if (is.null(group)) rep(0, length(time)) else as.integer(factor(group)) - 1
  entries <- if (is.null(entry)) rep(NA, length(time)) else entry
  rows <- sapply(seq_along(time), function(i) num(c(entries[i], time[i], status[i], group_number[i])))
  parts <- list(name = paste0('"', name, '"'), rows = paste0("[", paste(rows, collapse = ","), "]"), curve = curve(entry, time, status, taus))
  if (competing) parts$incidence <- incidence(time, status)
  if (!is.null(group)) parts$log_rank <- log_rank(time, status, group)
  do.call(obj, parts)
}

set.seed(20240229)
waits <- ceiling(rexp(120, 1 / 20)); seen <- sample(5:60, 120, TRUE)
competing_time <- pmin(waits, seen); competing_end <- ifelse(waits <= seen, sample(1:3, 120, TRUE, c(.6, .3, .1)), 0)
same_day <- pmin(rgeom(80, .15), 20); same_day_end <- ifelse(same_day == 20, 0, sample(0:2, 80, TRUE))
enter <- sample(0:10, 60, TRUE); leave <- enter + ceiling(rexp(60, 1 / 8)); late <- rbinom(60, 1, .6)
tenths <- sample(1:9, 50, TRUE); fractions <- sapply(tenths, function(k) sum(rep(.1, k))); fractions[1:25] <- tenths[1:25] / 10
fraction_end <- rbinom(50, 1, .7)
three <- rep(c("a", "b", "c"), c(40, 40, 40)); three_end <- as.integer(competing_end > 0)

cases <- c(
  case("aml", aml$time, aml$status, c(30, 45, 161), group = aml$x),
  case("gehan", gehan$time, gehan$cens, c(10, 23, 35), group = gehan$treat),
  case("three causes of exit, whole days, ties", competing_time, competing_end, c(30, 50), competing = TRUE),
  case("served on the day, two ways out", same_day, same_day_end, c(5, 20), competing = TRUE),
  case("delayed entry", leave, late, c(20), entry = enter),
  case("tenths that are not exact", fractions, fraction_end, c(.8)),
  case("three groups", competing_time, three_end, c(40), group = three),
  case("four groups, one without events, one never at risk",
       c(1, 2, 3, 3, 5, 8, 2, 4, 4, 9, 3, 6, 9, 0, 0), c(1, 1, 0, 1, 1, 0, 1, 0, 1, 1, 0, 0, 0, 0, 0), c(8),
       group = c(rep("a", 6), rep("b", 4), rep("c", 3), "d", "d")),
  case("everybody at once", rep(4, 6), rep(1, 6), c(4)),
  case("nobody censored, competing", c(1, 1, 2, 3, 3, 3, 5, 8), c(1, 2, 1, 1, 2, 2, 1, 1), c(5), competing = TRUE),
  case("half reached, then censored, then half again", c(1, 2, 2, 3, 5, 6, 6, 9), c(1, 1, 0, 1, 0, 1, 0, 0), c(9))
)
cat("[\n", paste(cases, collapse = ",\n"), "\n]\n", sep = "")
