use wirecopy::events::fit::*;
use wirecopy::events::*;
use wirecopy::read::discover;
fn load(path: &str) -> Labelled {
    let settings = wirecopy::settings::Settings { level: wirecopy::settings::Level::Copies, ..Default::default() };
    let inputs = discover(&[path.into()], &settings.read).unwrap();
    let run = wirecopy::pipeline::run_inputs(&inputs, &settings, Default::default(), &()).unwrap();
    let reports = wirecopy::pipeline::report_profiles(&inputs, &run).unwrap();
    let articles = reports
        .into_iter()
        .map(|(a, p)| {
            let r = &run.records[a as usize];
            (r.id.clone(), r.label.clone(), p)
        })
        .collect();
    Labelled { articles }
}
fn bcubed(t: &[&str], f: &[u32]) -> (f64, f64, f64) {
    use std::collections::BTreeMap;
    let (mut a, mut b, mut c) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
    for (x, y) in t.iter().zip(f) {
        *a.entry(x).or_insert(0.0) += 1.0;
        *b.entry(y).or_insert(0.0) += 1.0;
        *c.entry((x, y)).or_insert(0.0f64) += 1.0;
    }
    let n = t.len() as f64;
    let p: f64 = c.iter().map(|((_, y), v)| v * v / b[y]).sum::<f64>() / n;
    let r: f64 = c.iter().map(|((x, _), v)| v * v / a[x]).sum::<f64>() / n;
    (p, r, 2.0 * p * r / (p + r))
}
struct Input {
    name: String,
    l: Labelled,
    pairs: Vec<(u32, u32)>,
    ev: Vec<Evidence>,
    bul: std::collections::HashSet<(u32, u32)>,
}
fn prepare(path: &str) -> Input {
    let mut l = load(path);
    let mut ps: Vec<Profile> = l.articles.iter().map(|a| a.2.clone()).collect();
    weigh(&mut ps);
    let norms: Vec<Norms> = ps.iter().map(Norms::of).collect();
    let refs: Vec<&Profile> = ps.iter().collect();
    let pairs = candidates(&refs);
    let ev = pairs
        .iter()
        .map(|&(a, b)| Evidence::of((&ps[a as usize], &norms[a as usize]), (&ps[b as usize], &norms[b as usize])))
        .collect();
    let bul = pairs
        .iter()
        .zip(&ev)
        .filter(|((a, b), e): &(&(u32, u32), &Evidence)| {
            ps[*a as usize].is_bulletin_of_another_day(&ps[*b as usize], e.title)
        })
        .map(|(p, _)| *p)
        .collect();
    if l.articles.len() > 50000000 {
        l.articles.iter_mut().for_each(|a| a.2.terms.clear());
    }
    Input { name: path.rsplit('/').next().unwrap().to_string(), l, pairs, ev, bul }
}
fn groups(m: &Model, i: &Input, th: &[f64]) -> Vec<Vec<u32>> {
    let scored: Vec<Scored> =
        i.pairs.iter().zip(&i.ev).map(|(&(a, b), e)| Scored { a, b, log_odds: m.log_odds(e) }).collect();
    let p = probabilities(m, i.l.articles.len(), &scored, &i.ev);
    let tr: Vec<(u32, u32, f64)> =
        scored.iter().zip(&p).filter(|(_, p)| **p > 0.02 || **p < 0.0).map(|(s, &p)| (s.a, s.b, p)).collect();
    if i.l.articles.len() < 10 {
        for (s, p) in scored.iter().zip(&p) {
            print!("{}{} {:.2} {:.3}  ", s.a, s.b, s.log_odds, p);
        }
        println!();
    }

    let spread: u32 = std::env::var("SP").map_or(14, |x| x.parse().unwrap());
    let sure: Vec<Option<Day>> = i.l.articles.iter().map(|a| a.2.day()).collect();
    let mut votes: Vec<Vec<(Day, f64)>> =
        i.l.articles.iter().map(|a| a.2.focus.map(|d| (d, 0.5)).into_iter().collect()).collect();
    for &(a, b, p) in tr.iter().filter(|t| t.2 >= 0.3) {
        if let Some(d) = sure[b as usize] {
            votes[a as usize].push((d, p));
        }
        if let Some(d) = sure[a as usize] {
            votes[b as usize].push((d, p));
        }
    }
    let days: Vec<Option<Day>> = sure
        .iter()
        .zip(&votes)
        .map(|(s, v)| {
            s.or_else(|| {
                if !v.iter().any(|x| x.1 != 0.5) {
                    return None;
                }
                let sup = |d: Day| v.iter().filter(|x| x.0.gap(d) <= 7).map(|x| x.1).sum::<f64>();
                v.iter().map(|x| (x.0, sup(x.0))).reduce(|a, b| if b.1 > a.1 { b } else { a }).map(|x| x.0)
            })
        })
        .collect();
    let may = |a: &[u32], b: &[u32]| {
        a.iter()
            .filter_map(|&x| days[x as usize])
            .all(|x| b.iter().filter_map(|&y| days[y as usize]).all(|y| x.gap(y) <= spread))
    };
    th.iter().map(|&t| group(i.l.articles.len(), &tr, t, &may)).collect()
}
fn pairs_eval(i: &Input, g: &[Vec<u32>]) {
    let at: std::collections::HashMap<&str, usize> =
        i.l.articles.iter().enumerate().map(|(k, a)| (a.0.as_str(), k)).collect();
    for f in g {
        let mut c: std::collections::BTreeMap<String, (usize, usize)> = Default::default();
        for file in ["dev_pairs", "templates_dev"] {
            for line in std::fs::read_to_string(format!("/work/shared/data/pairs/{file}.jsonl")).unwrap().lines() {
                let v: serde_json::Value = serde_json::from_str(line).unwrap();
                let (a, b) = (at.get(v["a"].as_str().unwrap()), at.get(v["b"].as_str().unwrap()));
                if let (Some(&a), Some(&b)) = (a, b) {
                    let e = c.entry(v["label"].as_str().unwrap().to_string()).or_default();
                    e.1 += 1;
                    if f[a] == f[b] {
                        e.0 += 1;
                    }
                }
            }
        }
        let mut sizes: std::collections::HashMap<u32, usize> = Default::default();
        f.iter().for_each(|x| *sizes.entry(*x).or_default() += 1);
        let mut sz: Vec<usize> = sizes.values().copied().collect();
        sz.sort();
        sz.reverse();
        print!(" | ");
        for (k, v) in c {
            if k == "same_event" || k == "related" || k == "template" || k == "different" {
                print!("{} {}/{} ", k, v.0, v.1);
            }
        }
        println!(" top {:?}", &sz[..6]);
    }
}
fn show(m: &Model, i: &Input) {
    let th: Vec<f64> = std::env::var("THS")
        .unwrap_or("0.2,0.25,0.3,0.35,0.4,0.45,0.5,0.55".into())
        .split(',')
        .map(|x| x.parse().unwrap())
        .collect();
    let g = groups(m, i, &th);
    if i.l.articles.iter().any(|a| a.0.starts_with("baomoi")) {
        pairs_eval(i, &g);
    }
    let labs: std::collections::BTreeSet<&str> =
        i.l.articles.iter().filter_map(|a| a.1.as_deref()).map(|a| a.split(':').next().unwrap()).collect();
    let pre: Vec<&str> = if labs.len() <= 2 { labs.into_iter().collect() } else { vec![""] };
    for q in pre {
        print!("{:22} {:8}", i.name, q);
        for f in &g {
            let ix: Vec<usize> =
                (0..f.len()).filter(|&k| i.l.articles[k].1.as_deref().is_some_and(|x| x.starts_with(q))).collect();
            let t: Vec<&str> = ix.iter().map(|&k| i.l.articles[k].1.as_deref().unwrap()).collect();
            let f: Vec<u32> = ix.iter().map(|&k| f[k]).collect();
            let b = bcubed(&t, &f);
            print!(" {:.4}", b.2);
        }
        println!();
    }
    if i.l.articles.len() < 10 {
        println!("{:?}", g);
    }
}
fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if args[0] == "background" {
        let mut rates = std::collections::BTreeMap::new();
        for (path, min) in [(&args[1], 10.0), (&args[2], 50.0)] {
            let text = std::fs::read_to_string(path).unwrap();
            let mut lines = text.lines();
            let docs: f64 = lines.next().unwrap().split('\t').nth(1).unwrap().parse().unwrap();
            for line in lines {
                let (term, n) = line.split_once('\t').unwrap();
                let n: f64 = n.parse().unwrap();
                if n < min {
                    continue;
                }
                if let Some(h) = term_hash(term) {
                    let r: &mut f64 = rates.entry(h).or_default();
                    *r = (*r).max(n / docs);
                }
            }
        }
        let t = TermTable::of_rates(rates.into_iter());
        std::fs::write("src/events/background.terms", t.to_bytes()).unwrap();
        println!("{} terms", t.len());
        return;
    }
    let k: usize = args[0].parse().unwrap();
    let inputs: Vec<Input> = args[1..].iter().map(|p| prepare(p)).collect();
    let all: Vec<&Labelled> = inputs[..k].iter().map(|i| &i.l).collect();
    let m = fit(&all);
    println!(
        "content {:.2?} {:.2}\ndays {:.2?} {:.2}\nneigh {:.2?} {:.2}",
        m.content.weights,
        m.content.intercept,
        m.days.weights,
        m.days.intercept,
        m.neighborhood.weights,
        m.neighborhood.intercept
    );
    std::fs::write("/tmp/ev/weights.toml", toml_of(&m)).unwrap();
    for i in &inputs {
        show(&m, i);
    }
    for left in 0..(if std::env::var("LOO").is_ok() { k } else { 0 }) {
        let some: Vec<&Labelled> =
            inputs[..k].iter().enumerate().filter(|(j, _)| *j != left).map(|(_, i)| &i.l).collect();
        print!("left out: ");
        show(&fit(&some), &inputs[left]);
    }
}
fn toml_of(m: &Model) -> String {
    let r = |r: &Regression| format!("{{ weights = {:.4?}, intercept = {:.4} }}", r.weights, r.intercept);
    format!("content = {}\ndays = {}\nneighborhood = {}\n", r(&m.content), r(&m.days), r(&m.neighborhood))
}
